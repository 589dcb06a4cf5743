"""Signing in with the configured OpenID Connect provider."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

import accounts.services
import engine
from accounts.services.second_factor.challenges import Challenge
from accounts.views import limits
from dashboard.account.sign_in import SignInFlowPage, browser_of
from dashboard.layout import sessions
from dashboard.layout.sign_in_forms import SignInForm
from features.openid.services import provider, signing_in
from web.errors import status_of

_LIMITED = "openid"


class OpenIdPage(SignInFlowPage):
    """Base of both steps; 404 without a provider. Failures are shown on the sign-in page."""

    http_method_names = ("get", "head", "options")

    def get(self, request: HttpRequest) -> HttpResponse:
        if not provider.is_configured():
            raise engine.NotFound("Not found or access denied")
        limits.count_address(_LIMITED, request)
        try:
            return self.proceed()
        except (engine.Invalid, engine.Forbidden, engine.Unavailable) as error:
            form = SignInForm()
            context = {"form": form, "failure": error.message}
            return self.show("sign_in.html", context, status=status_of(error))

    def proceed(self) -> HttpResponse:
        raise NotImplementedError


class BeginOpenIdView(OpenIdPage):
    def proceed(self) -> HttpResponse:
        address, pending = signing_in.begin(next_page=self.next_page())
        sessions.store_openid(self.request, pending.stored())
        return HttpResponseRedirect(address)


class CompleteOpenIdView(OpenIdPage):
    """The address to which the provider sends the browser back."""

    requested = ""

    def next_page(self) -> str:
        return self.requested

    def proceed(self) -> HttpResponse:
        pending = sessions.take_openid(self.request)
        user_id = signing_in.complete(pending, params=self.request.GET.dict())
        self.requested = (pending or {}).get("next_page", "")
        outcome = accounts.services.sessions.open_browser_of(user_id, client=browser_of(self.request))
        return self.code_required(outcome) if isinstance(outcome, Challenge) else self.signed_in(outcome)
