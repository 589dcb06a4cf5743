"""Registration, verification and profiles over HTTP: exact statuses and bodies."""

from __future__ import annotations

from typing import Any

import pytest

from accounts import services, tasks
from accounts.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "a-strong-and-secure-password"
REGISTRATION = {
    "email": "developer@example.com",
    "firstName": "Alex",
    "lastName": "Dev",
    "password": PASSWORD,
}
REGISTERED = {"message": "User registered successfully. Please check your email to verify your account."}
REQUIRED = ["This field is required."]
NOT_TEXT = ["Not a valid string."]
NO_NUL = ["Null characters are not allowed."]
BAD_EMAIL = ["Enter a valid email address."]
SHORT = "This password is too short. It must contain at least 8 characters."
COMMON = "This password is too common."
MISSING = {"detail": "Authentication credentials were not provided."}
BAD_LINK = dict.fromkeys(("error", "detail"), "This link is invalid or has expired.")


def test_registering_and_registering_again_look_the_same(ask) -> None:
    first = ask("POST /core/register", REGISTRATION)
    second = ask("POST /core/register", {**REGISTRATION, "email": "Developer@Example.com"})
    assert first.status_and_body == second.status_and_body == (201, REGISTERED)
    assert first.headers.keys() == second.headers.keys()
    assert User.objects.get().email == "developer@example.com"


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, dict.fromkeys(REGISTRATION, REQUIRED)),
        (
            {"email": 1, "firstName": [], "lastName": {}, "password": True},
            {"email": BAD_EMAIL, "firstName": NOT_TEXT, "lastName": NOT_TEXT, "password": NOT_TEXT},
        ),
        (
            {**REGISTRATION, "email": None, "password": None},
            {"email": ["This field may not be null."], "password": ["This field may not be null."]},
        ),
        ({**REGISTRATION, "email": "x", "password": "qz7-"}, {"email": BAD_EMAIL, "password": [SHORT]}),
        ({**REGISTRATION, "password": "1234567"}, {"password": [SHORT, COMMON]}),
        ({**REGISTRATION, "password": "password"}, {"password": [COMMON]}),
        (
            {**REGISTRATION, "email": "a\0@example.com", "firstName": "A\0", "password": "\0" * 8},
            {"email": [*NO_NUL, *BAD_EMAIL], "firstName": NO_NUL, "password": NO_NUL},
        ),
        (
            {
                **REGISTRATION,
                "email": "x@" + "a.b" * 85 + ".com",
                "firstName": "x" * 101,
                "password": "xy" * 513,
            },
            {
                "email": ["Ensure this field has no more than 254 characters."],
                "firstName": ["Ensure this field has no more than 100 characters."],
                "password": ["Ensure this field has no more than 1024 characters."],
            },
        ),
        ({**REGISTRATION, "lastName": " "}, {"lastName": ["This field may not be blank."]}),
    ],
)
def test_every_error_of_a_registration_is_reported(ask, body: Any, errors: dict[str, list[str]]) -> None:
    answer = ask("POST /core/register", body)
    assert answer.status == 400
    assert {name: sorted(messages) for name, messages in answer.body.items()} == {
        name: sorted(messages) for name, messages in errors.items()
    }
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "raw",
    [b"{", b"[]", b'"x"', b"null", b"NaN", b'{"email": "\\ud800"}', b"\xff", b" "],
)
@pytest.mark.parametrize(
    "path", ["register", "token/refresh", "password-reset/request", "password-reset/confirm/x"]
)
def test_malformed_json_is_400(ask, path: str, raw: bytes) -> None:
    answer = ask(f"POST /core/{path}", raw=raw)
    assert answer.status == 400
    assert list(answer.body) == (["error", "detail"] if "confirm" in path else ["detail"])


def test_a_repeated_member_is_400(ask) -> None:
    answer = ask("POST /core/register", raw=b'{"email":"a","email":"b"}')
    assert (answer.status, answer.body) == (400, {"email": ["The JSON names a key twice in one object: 'email'."]})


def test_names_and_passwords_are_stored_unchanged(ask) -> None:
    ask("POST /core/register", {**REGISTRATION, "firstName": "Żółć 字", "password": "  spaces kept  "})
    assert User.objects.get().first_name == "Żółć 字"
    login = {"email": REGISTRATION["email"], "password": "  spaces kept  "}
    assert ask("POST /core/login", login).status == 200
    assert ask("POST /core/login", {**login, "password": "spaces kept"}).status == 401


def test_a_link_verifies_once(ask, anna, token_in_mail) -> None:
    tasks.send_verification(anna.id)
    path = f"/core/verify-email/{token_in_mail('/core/verify-email/')}"
    assert ask(f"GET {path}").status_and_body == (200, {"message": "Email verified successfully!"})
    assert ask(f"GET {path}").status_and_body == (400, BAD_LINK)
    assert ask("POST /core/verify-email/resend", auth=anna.bearer).status_and_body == (
        400,
        {"detail": "Your email is already verified."},
    )


def test_another_link_can_be_requested(ask, anna, rows) -> None:
    answer = ask("POST /core/verify-email/resend", auth=anna.bearer)
    assert answer.status_and_body == (200, {"message": "A new verification email has been sent."})
    assert ask("POST /core/verify-email/resend").status_and_body == (401, MISSING)


def test_a_profile_is_shown_and_changed(ask, anna) -> None:
    profile = ask("GET /core/profile", auth=anna.bearer)
    assert profile.status == 200
    assert {name: value for name, value in profile.body.items() if name != "created"} == {
        "id": str(anna.id),
        "email": anna.email,
        "firstName": "Alex",
        "lastName": "Dev",
        "email_verified": False,
    }
    changed = ask("PATCH /core/profile", {"firstName": "Anna"}, auth=anna.bearer)
    assert changed.status_and_body == (200, {**profile.body, "firstName": "Anna"})
    assert ask("GET /core/profile", auth=anna.bearer).body == changed.body


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"email": "x@example.com"}, {"email": ["This field cannot be changed."]}),
        ({"email_verified": None}, {"email_verified": ["This field cannot be changed."]}),
        ({"id": "", "firstName": "M"}, {"id": ["This field cannot be changed."]}),
        ({"firstName": None}, {"firstName": ["This field may not be null."]}),
        ({"firstName": 1, "lastName": "\0"}, {"firstName": NOT_TEXT, "lastName": NO_NUL}),
        ({"firstName": 1, "id": ""}, {"firstName": NOT_TEXT, "id": ["This field cannot be changed."]}),
    ],
)
def test_a_refused_change_of_a_profile_changes_nothing(ask, anna, rows, body, errors) -> None:
    before = rows()
    assert ask("PATCH /core/profile", body, auth=anna.bearer).status_and_body == (400, errors)
    assert rows() == before


@pytest.mark.parametrize("route", ["GET /core/profile", "PATCH /core/profile", "POST /core/verify-email/resend"])
def test_a_key_has_no_profile(ask, anna, rows, route: str) -> None:
    key = services.keys.create_key(anna.principal, name="k", actions=["own"])
    services.principals.principal_of_key(key.text)
    before = rows()
    answer = ask(route, {}, auth=f"Api-Key {key.text}")
    assert answer.status_and_body == (403, {"detail": "This needs a user's access token."})
    assert rows() == before


def test_a_registration_mails_a_link_that_verifies(http, stranger, mailed) -> None:
    token = mailed(stranger.email, "/core/verify-email/")
    answer = http.get(f"/core/verify-email/{token}", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.json()) == (200, {"message": "Email verified successfully!"})
    profile = http.get("/core/profile", headers={"Authorization": stranger.bearer}).json()
    assert profile["email_verified"] is True
