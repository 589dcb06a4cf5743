"""Forms to sign in, to register and to change passwords."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from dashboard.layout.forms import Form, OneLineField

_MAX_PASSWORD_LENGTH = 1_000
_ANY_CODE = "Six digits of your authenticator app, or a recovery code."
_PASSWORD_RULE = "At least 8 characters, not a common one."


def _email(*, focus: bool = False) -> forms.EmailField:
    attributes = {"autocomplete": "username", **({"autofocus": True} if focus else {})}
    return forms.EmailField(label="E-mail address", max_length=254, widget=forms.EmailInput(attributes))


def _password(label: str, *, autocomplete: str, help_text: str = "") -> forms.CharField:
    widget = forms.PasswordInput({"autocomplete": autocomplete})
    return forms.CharField(
        label=label, max_length=_MAX_PASSWORD_LENGTH, strip=False, widget=widget, help_text=help_text
    )


class SignInForm(Form):
    email = _email(focus=True)
    password = _password("Password", autocomplete="current-password")


def sign_in_again_form(data: QueryDict | None = None) -> SignInForm:
    """Return the sign-in form for a dialog, with element ids that differ from those of the page."""
    return SignInForm(data, auto_id="again_%s")


def _code(help_text: str, **attributes: Any) -> forms.CharField:
    widget = forms.TextInput({"autocomplete": "one-time-code", **attributes})
    return forms.CharField(label="Code", max_length=64, help_text=help_text, widget=widget)


class CodeForm(Form):
    code = _code(_ANY_CODE, autofocus=True)


class ConfirmCodeForm(Form):
    code = _code("Six digits of the app.", autofocus=True, inputmode="numeric")


class PasswordAndCodeForm(Form):
    password = _password("Password", autocomplete="current-password")
    code = _code(_ANY_CODE)


class PasswordAloneForm(Form):
    password = _password("Password", autocomplete="current-password")


class RegisterForm(Form):
    email = _email(focus=True)
    first_name = OneLineField(
        label="First name", max_length=100, required=False, widget=forms.TextInput({"autocomplete": "given-name"})
    )
    last_name = OneLineField(
        label="Last name", max_length=100, required=False, widget=forms.TextInput({"autocomplete": "family-name"})
    )
    password = _password("Password", autocomplete="new-password", help_text=_PASSWORD_RULE)


class ResetRequestForm(Form):
    email = _email(focus=True)


class ResetForm(Form):
    password = _password("New password", autocomplete="new-password", help_text=_PASSWORD_RULE)


class NamesForm(Form):
    first_name = OneLineField(
        label="First name", max_length=100, required=False, widget=forms.TextInput({"autocomplete": "given-name"})
    )
    last_name = OneLineField(
        label="Last name", max_length=100, required=False, widget=forms.TextInput({"autocomplete": "family-name"})
    )


class PasswordForm(Form):
    current = _password("Current password", autocomplete="current-password")
    password = _password("New password", autocomplete="new-password", help_text=_PASSWORD_RULE)
