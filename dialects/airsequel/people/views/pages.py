"""Pages that the links of mails open: set a password, verify an address."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

import accounts.services
from accounts.views.limits import client_of
from dialects.airsequel.pages import FormField, FormPage, error_page, fields_of, is_form, page_response
from dialects.airsequel.people.operations.users import NewPasswordForm
from dialects.airsequel.people.views.base import OpenView

_PASSWORD = FormField("password", "New password", type="password", autocomplete="new-password", required=True)
_RESET = FormPage(
    "Set a new password",
    ("You are signed out everywhere. Your API keys and tokens keep working.",),
    button="Set password",
    fields=(_PASSWORD,),
)
_RESET_DONE = FormPage("Your password is set", ("You can sign in with it now.",))
_VERIFY = FormPage("Confirm your address", ("Confirm that the mail reached you.",), button="Confirm")
_VERIFIED = FormPage("Your address is verified")


class PasswordResetPage(OpenView):
    http_method_names = ("get", "post", "options")
    limited = "reset-confirm"

    def get(self, request: HttpRequest, password_reset_key: str) -> HttpResponse:
        return page_response(_RESET)

    def post(self, request: HttpRequest, password_reset_key: str) -> HttpResponse:
        form = NewPasswordForm.parse(fields_of(request))
        accounts.services.passwords.confirm_password_reset(
            password_reset_key, password=form.password, client=client_of(request)
        )
        return page_response(_RESET_DONE)

    def failure(self, exception: Exception) -> HttpResponse:
        return error_page(_RESET, exception) if is_form(self.request) else super().failure(exception)


class VerifyEmailPage(OpenView):
    http_method_names = ("get", "post", "options")
    limited = "verify-email"

    def get(self, request: HttpRequest, email_verification_key: str) -> HttpResponse:
        return page_response(_VERIFY)

    def post(self, request: HttpRequest, email_verification_key: str) -> HttpResponse:
        fields_of(request)
        accounts.services.people.verify_email(email_verification_key)
        return page_response(_VERIFIED)

    def failure(self, exception: Exception) -> HttpResponse:
        return error_page(_VERIFY, exception) if is_form(self.request) else super().failure(exception)
