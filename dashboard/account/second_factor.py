"""The second step of signing in, and the page on which a user adds and removes it."""

from __future__ import annotations

from typing import Any

import segno
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

import accounts.services
import engine
from accounts.services.second_factor import challenges, enrolment
from accounts.views.limits import count_code_attempt, count_own_code_attempt
from dashboard.account.sign_in import SignInFlowPage, browser_of
from dashboard.layout import sessions
from dashboard.layout.base import BAD_REQUEST, DashboardPage
from dashboard.layout.sign_in_forms import CodeForm, ConfirmCodeForm, PasswordAloneForm, PasswordAndCodeForm

_EXPIRED = "This took too long. Enter your password again."


class SecondStepView(SignInFlowPage):
    """The form for the code, after the right password."""

    limited = "second-factor"

    def get(self, request: HttpRequest) -> HttpResponse:
        if not _challenge(request):
            return self.redirect("login")
        return self.show("second_step.html", {"form": CodeForm()})

    def submitted(self, request: HttpRequest) -> HttpResponseBase:
        form = CodeForm(request.POST, auto_id="again_%s" if self.in_dialog() else "id_%s")
        challenge = _challenge(request)
        if not challenge:
            return self.redirect("login", message=_EXPIRED)
        if not form.is_valid():
            return self._form_again(form, status=BAD_REQUEST)
        count_code_attempt(challenge)
        try:
            session_id = accounts.services.sessions.open_browser_with_code(
                challenge, **form.cleaned_data, client=browser_of(request)
            )
        except engine.Unauthenticated as error:
            form.add_error("code", error.message)
            return self._form_again(form, status=401)
        return self.signed_in(session_id)

    def _form_again(self, form: CodeForm, *, status: int) -> HttpResponse:
        if self.in_dialog():
            return self.part("parts/sign_in_dialog.html", {"form": form, "asks_code": True}, status=status)
        return self.show("second_step.html", {"form": form}, status=status)


class SecondFactorPage(DashboardPage):
    """State of two-step sign-in; POST begins an enrolment."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.render_page()

    def post(self, request: HttpRequest) -> HttpResponse:
        form = PasswordAloneForm(request.POST)
        if form.is_valid():
            self.count_password_try()
            try:
                enrolment.enrol(self.principal, **form.cleaned_data)
            except engine.Invalid as error:
                form.add_errors(error)
            else:
                return self.redirect("second-factor")
        return self.render_page({"enrol": form}, status=BAD_REQUEST)

    def render_page(self, context: dict[str, Any] | None = None, *, status: int = 200) -> HttpResponse:
        """Render the page; `context` has forms with errors, and new recovery codes."""
        pending = enrolment.pending(self.principal)
        image = (
            segno.make(pending.uri, error="m").svg_data_uri(scale=5, dark="#000", light="#fff") if pending else ""
        )
        defaults = {
            "factor": enrolment.status(self.principal),
            "pending": pending,
            "image": image,
            "enrol": PasswordAloneForm(),
            "confirm": ConfirmCodeForm(),
            "change": PasswordAndCodeForm(),
        }
        return self.show("second_factor.html", {**defaults, **(context or {})}, status=status)


class ConfirmSecondFactorPage(SecondFactorPage):
    def get(self, request: HttpRequest) -> HttpResponse:
        return self.redirect("second-factor")

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ConfirmCodeForm(request.POST)
        if form.is_valid():
            count_own_code_attempt(self.principal)
            try:
                codes = enrolment.confirm(self.principal, **form.cleaned_data)
            except engine.Invalid as error:
                form.add_errors(error)
            else:
                return self.render_page({"codes": codes})
        return self.render_page({"confirm": form}, status=BAD_REQUEST)


class ChangeSecondFactorPage(SecondFactorPage):
    """New recovery codes, or the end of two-step sign-in; both need the password and a code."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.redirect("second-factor")

    def post(self, request: HttpRequest) -> HttpResponse:
        form = PasswordAndCodeForm(request.POST)
        if form.is_valid():
            self.count_password_try()
            count_own_code_attempt(self.principal)
            try:
                return self._change(form.cleaned_data, disable=request.POST.get("op") == "disable")
            except engine.Invalid as error:
                form.add_errors(error)
        return self.render_page({"change": form}, status=BAD_REQUEST)

    def _change(self, proof: dict[str, str], *, disable: bool) -> HttpResponse:
        if not disable:
            return self.render_page({"codes": enrolment.renew_recovery_codes(self.principal, **proof)})
        enrolment.disable(self.principal, **proof)
        return self.redirect("account", message="Two-step sign-in is off.")


def _challenge(request: HttpRequest) -> str:
    """Return the challenge of this browser while it is valid, else an empty text."""
    token = sessions.challenge(request)
    return token if token and challenges.is_current(token) else ""
