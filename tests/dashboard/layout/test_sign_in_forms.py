"""Forms to sign in, to register and to change passwords."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict

from dashboard.layout import sign_in_forms
from dashboard.layout.forms import Form
from dashboard.layout.sign_in_forms import (
    NamesForm,
    PasswordForm,
    RegisterForm,
    ResetForm,
    ResetRequestForm,
    SignInForm,
)

REQUIRED = ["This field is required."]
EMAIL = "ann@example.com"


@pytest.mark.parametrize(
    ("form", "required"),
    [
        (SignInForm, ["email", "password"]),
        (RegisterForm, ["email", "password"]),
        (ResetRequestForm, ["email"]),
        (ResetForm, ["password"]),
        (NamesForm, []),
        (PasswordForm, ["current", "password"]),
    ],
)
def test_an_empty_form_names_its_required_fields(form: type[Form], required: list[str]) -> None:
    assert form({}).errors == dict.fromkeys(required, REQUIRED)


@pytest.mark.parametrize(
    ("email", "errors"),
    [
        (EMAIL, {}),
        (f" {EMAIL} ", {}),
        ("ann", {"email": ["Enter a valid email address."]}),
        (
            "a" * 64 + "@" + "b." * 95 + "com",
            {"email": ["Ensure this value has at most 254 characters (it has 258)."]},
        ),
    ],
)
def test_an_address_is_checked(email: str, errors: dict[str, Any]) -> None:
    form = ResetRequestForm({"email": email})
    assert form.errors == errors
    assert errors or form.cleaned_data == {"email": EMAIL}


@pytest.mark.parametrize("form", [NamesForm, RegisterForm])
@pytest.mark.parametrize("name", ["a\nb", "a\x85b", "a\u2028b"])
def test_a_name_is_one_line(form: type[Form], name: str) -> None:
    filled = form({"first_name": name, "last_name": f" {name}", "email": EMAIL, "password": "x"})
    assert filled.errors == dict.fromkeys(
        ("first_name", "last_name"), ["Must be one line, without control characters."]
    )
    assert form({"first_name": "Zoë\n", "last_name": "🦉", "email": EMAIL, "password": "x"}).is_valid()


@pytest.mark.parametrize("password", ["  two spaces  ", "é🦉", "x" * 1000])
def test_a_password_is_taken_as_it_is(password: str) -> None:
    form = SignInForm({"email": EMAIL, "password": password})
    assert form.is_valid()
    assert form.cleaned_data["password"] == password


@pytest.mark.parametrize(
    ("form", "name"), [(SignInForm, "password"), (PasswordForm, "current"), (ResetForm, "password")]
)
def test_a_password_is_limited(form: type[Form], name: str) -> None:
    assert form({name: "x" * 1001}).errors[name] == ["Ensure this value has at most 1000 characters (it has 1001)."]


@pytest.mark.parametrize(
    ("form", "name", "autocomplete"),
    [
        (SignInForm, "email", "username"),
        (SignInForm, "password", "current-password"),
        (RegisterForm, "first_name", "given-name"),
        (RegisterForm, "last_name", "family-name"),
        (RegisterForm, "password", "new-password"),
        (ResetForm, "password", "new-password"),
        (PasswordForm, "current", "current-password"),
        (PasswordForm, "password", "new-password"),
    ],
)
def test_browsers_and_password_managers_recognize_a_field(form: type[Form], name: str, autocomplete: str) -> None:
    widget = form().fields[name].widget
    assert widget.attrs["autocomplete"] == autocomplete
    assert (widget.input_type == "password") is autocomplete.endswith("password")


def test_a_password_is_not_sent_back() -> None:
    assert "secret-text" not in SignInForm({"email": EMAIL, "password": "secret-text"}).as_p()


@pytest.mark.parametrize("name", ["first_name", "last_name"])
def test_names_have_at_most_a_hundred_characters(name: str) -> None:
    assert NamesForm({name: "é" * 100}).errors == {}
    assert NamesForm({name: "é" * 101}).errors == {
        name: ["Ensure this value has at most 100 characters (it has 101)."]
    }


def test_the_form_of_the_dialog_has_ids_of_its_own() -> None:
    form = sign_in_forms.sign_in_again_form()
    assert (form.is_bound, form["email"].id_for_label) == (False, "again_email")
    assert SignInForm()["email"].id_for_label == "id_email"
    assert sign_in_forms.sign_in_again_form(QueryDict("email=x")).errors["password"] == REQUIRED
