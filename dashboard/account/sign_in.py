"""First account, registration, sign-in and sign-out, e-mail verification and password reset."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

import accounts.services
import engine
from accounts.services.known_clients import SignInClient
from accounts.services.second_factor.challenges import Challenge
from accounts.views.limits import client_of
from dashboard.account.user_agents import describe
from dashboard.layout import sessions
from dashboard.layout.base import BAD_REQUEST, DashboardPage, SignInPage
from dashboard.layout.sign_in_forms import (
    CodeForm,
    RegisterForm,
    ResetForm,
    ResetRequestForm,
    SignInForm,
    sign_in_again_form,
)

# Characters of a path with query; no character that a browser could read as another address.
_SAFE_PATH = re.compile(r"[!-\[\]-~]+")
_JOIN_PATH = re.compile(r"/dashboard/join/([^/?#]+)")


class SignInFlowPage(SignInPage):
    """A page on the way to the page `next`, which is passed on through registration, verification and sign-in."""

    def next_page(self) -> str:
        """Return the requested page of this service, or an empty text."""
        path = self.request.POST.get("next") or self.request.GET.get("next", "")
        inside = path.startswith("/dashboard/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
        return path if inside and _SAFE_PATH.fullmatch(path) and "/.." not in path else ""

    def invitation(self) -> accounts.services.teams.Offer | None:
        """Return the invitation whose link `next` is, or None if it can no longer be accepted."""
        match = _JOIN_PATH.fullmatch(self.next_page())
        try:
            return accounts.services.teams.offer(match[1]) if match else None
        except engine.Invalid:
            return None

    def email(self) -> dict[str, str]:
        """Return the known address of the visitor as initial values of a form."""
        registration = sessions.registration(self.request)
        if invitation := self.invitation():
            return {"email": invitation.email}
        return {"email": str(registration["email"])} if registration else {}

    def show(self, template: str, context: dict[str, Any] | None = None, *, status: int = 200) -> HttpResponse:
        provider = settings.OPENID_NAME if settings.OPENID_ISSUER else ""
        defaults = {"next": self.next_page(), "invitation": self.invitation(), "provider": provider}
        return super().show(template, {**defaults, **(context or {})}, status=status)

    def in_dialog(self) -> bool:
        """Return whether the form is the dialog that asks to sign in again."""
        return bool(getattr(self.request, "htmx", None)) and self.request.POST.get("dialog") == "1"

    def signed_in(self, session_id: str) -> HttpResponse:
        """Begin a browser's session, and continue with the requested page or close the dialog."""
        sessions.begin(self.request, session_id)
        if not self.in_dialog():
            return HttpResponseRedirect(self.next_page() or reverse("dashboard:home"))
        context = {"text": "You are signed in again. Repeat the last action.", "kind": "success"}
        response = render(self.request, "dashboard/parts/toast.html", context)
        response.headers["HX-Retarget"] = "#toasts"
        response.headers["HX-Reswap"] = "beforeend"
        response.headers["HX-Trigger-After-Swap"] = "signed-in"
        return response

    def code_required(self, challenge: Challenge) -> HttpResponse:
        """Store a challenge, and continue with the form that asks for the code."""
        sessions.store_challenge(self.request, challenge.token)
        if self.in_dialog():
            return self.part("parts/sign_in_dialog.html", {"form": CodeForm(auto_id="again_%s"), "asks_code": True})
        query = {"next": self.next_page()} if self.next_page() else None
        return HttpResponseRedirect(reverse("dashboard:login-code", query=query))


class BrowserSignInView(SignInFlowPage):
    limited = "login"

    def get(self, request: HttpRequest) -> HttpResponse:
        if sessions.find_principal(request):
            return HttpResponseRedirect(self.next_page() or reverse("dashboard:home"))
        return self.show("sign_in.html", {"form": SignInForm(initial=self.email())})

    def submitted(self, request: HttpRequest) -> HttpResponse:
        form = sign_in_again_form(request.POST) if self.in_dialog() else SignInForm(request.POST)
        if not form.is_valid():
            return self._form_again(form, status=BAD_REQUEST)
        self.count_account(form.cleaned_data["email"])
        try:
            outcome = accounts.services.sessions.open_browser(**form.cleaned_data, client=browser_of(request))
        except engine.Unauthenticated:
            form.add_error(None, "The address and the password do not match an account.")
            return self._form_again(form, status=401)
        return self.code_required(outcome) if isinstance(outcome, Challenge) else self.signed_in(outcome)

    def _form_again(self, form: SignInForm, *, status: int) -> HttpResponse:
        if self.in_dialog():
            return self.part("parts/sign_in_dialog.html", {"form": form}, status=status)
        return self.show("sign_in.html", {"form": form}, status=status)


class BrowserSignOutView(DashboardPage):
    public = True

    def post(self, request: HttpRequest) -> HttpResponse:
        if principal := sessions.find_principal(request):
            accounts.services.sessions.log_out(principal=principal)
        sessions.end(request)
        messages.success(request, "You are signed out.")
        return self.redirect("login")


class FirstAccountView(SignInFlowPage):
    """The link printed at the first start. It creates the first account, once."""

    limited = "register"

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        accounts.services.first_account.check_first(token)
        return self.show("register.html", {"form": RegisterForm(), "first": True})

    def submitted(self, request: HttpRequest, token: str) -> HttpResponse:
        form = RegisterForm(request.POST)
        if form.is_valid():
            try:
                user_id = accounts.services.first_account.register_first(token, **form.cleaned_data)
            except engine.Invalid as error:
                form.add_errors(error)
            else:
                messages.success(request, "Welcome. You run this installation. Create your first database.")
                outcome = accounts.services.sessions.open_browser_of(user_id, client=browser_of(request))
                return self.code_required(outcome) if isinstance(outcome, Challenge) else self.signed_in(outcome)
        return self.show("register.html", {"form": form, "first": True}, status=BAD_REQUEST)


class RegistrationView(SignInFlowPage):
    limited = "register"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show("register.html", {"form": RegisterForm(initial=self.email())})

    def submitted(self, request: HttpRequest) -> HttpResponse:
        form = RegisterForm(request.POST)
        if form.is_valid():
            self.count_account(form.cleaned_data["email"])
            try:
                user_id = accounts.services.people.register(**form.cleaned_data)
            except engine.Invalid as error:
                form.add_errors(error)
            else:
                email, next_page = form.cleaned_data["email"], self.next_page()
                sessions.store_registration(request, email=email, user_id=user_id, next_page=next_page)
                return self.redirect("registered")
        return self.show("register.html", {"form": form}, status=BAD_REQUEST)


class RegisteredView(DashboardPage):
    """Instructions after registration.

    Shows the verification mail if the installation writes mail to files, and only to the browser that registered.
    """

    public = True

    def get(self, request: HttpRequest) -> HttpResponse:
        registration = sessions.registration(request)
        if not registration:
            return self.redirect("login")
        mail = (
            accounts.services.mails.shown_verification(registration["user_id"]) if registration["user_id"] else None
        )
        context = {"email": registration["email"], "mail": mail, "is_signed_in": sessions.find_principal(request)}
        return self.show("registered.html", {**context, "next": registration.get("next", "")})


class ConfirmEmailView(DashboardPage):
    """A page with a button, because mail scanners follow links too."""

    public = True

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return self.show("verify.html")

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        accounts.services.people.verify_email(token)
        message = "Your address is verified."
        next_page = sessions.registration(request).get("next")
        if sessions.find_principal(request):
            messages.success(request, message)
            return HttpResponseRedirect(str(next_page or reverse("dashboard:home")))
        messages.success(request, f"{message} Sign in.")
        query = {"next": next_page} if next_page else None
        return HttpResponseRedirect(reverse("dashboard:login", query=query))


class ResendVerificationView(SignInPage):
    """Send the verification mail again. Rate limited. Shows the mail if the installation writes mail to files."""

    public = False
    limited = "resend"

    def submitted(self, request: HttpRequest) -> HttpResponse:
        self.count_account(self.principal.email)
        if settings.SHOWS_MAIL and not self.principal.verified:
            sessions.store_registration(request, email=self.principal.email, user_id=self.principal.user_id)
            return self.redirect("registered")
        accounts.services.people.resend_verification(self.principal.user_id)
        return self.redirect("home", message=f"Mail sent to {self.principal.email}.")


class RequestPasswordResetView(SignInPage):
    limited = "reset-request"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show("reset_request.html", {"form": ResetRequestForm()})

    def submitted(self, request: HttpRequest) -> HttpResponse:
        form = ResetRequestForm(request.POST)
        if not form.is_valid():
            return self.show("reset_request.html", {"form": form}, status=BAD_REQUEST)
        self.count_account(form.cleaned_data["email"])
        accounts.services.passwords.request_password_reset(form.cleaned_data["email"])
        return self.show("reset_sent.html", {**form.cleaned_data, "shows_mail": settings.SHOWS_MAIL})


class ResetPasswordView(SignInPage):
    limited = "reset-confirm"

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return self.show("reset.html", {"form": ResetForm()})

    def submitted(self, request: HttpRequest, token: str) -> HttpResponseBase:
        form = ResetForm(request.POST)
        if form.is_valid():
            try:
                accounts.services.passwords.confirm_password_reset(
                    token, **form.cleaned_data, client=browser_of(request)
                )
            except engine.Invalid as error:
                form.add_errors(error)
            else:
                return self.redirect("login", message="Your password is set. Sign in with the new password.")
        return self.show("reset.html", {"form": form}, status=BAD_REQUEST)


def browser_of(request: HttpRequest) -> SignInClient:
    """Return the browser that sends a request, and its address."""
    return client_of(request, agent=describe(request.headers.get("User-Agent", "")))
