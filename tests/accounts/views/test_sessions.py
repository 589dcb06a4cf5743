"""Signing in and out, and forgotten passwords, over HTTP: exact statuses and bodies."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from accounts import services, tasks
from accounts.models import OneTimeToken, Session

pytestmark = pytest.mark.django_db
PASSWORD = "a-strong-and-secure-password"
REQUIRED = ["This field is required."]
NOT_TEXT = ["Not a valid string."]
BAD_EMAIL = ["Enter a valid email address."]
SHORT = "This password is too short. It must contain at least 8 characters."
MISSING = {"detail": "Authentication credentials were not provided."}
BAD_TOKEN = {"detail": "Token is invalid or expired"}
BAD_LINK = dict.fromkeys(("error", "detail"), "This link is invalid or has expired.")


def test_logging_in_gives_a_pair_that_works(ask, anna) -> None:
    answer = ask("POST /core/login", {"email": anna.email.upper(), "password": PASSWORD})
    assert answer.status == 200
    assert sorted(answer.body) == ["access", "refresh"]
    assert ask("GET /core/profile", auth=f"Bearer {answer.body['access']}").status == 200


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({}, 400, "Email and password are required"),
        ({"email": "a@example.com"}, 400, "Email and password are required"),
        ({"email": "a@example.com", "password": ""}, 400, "Email and password are required"),
        ({"email": ["a@example.com"], "password": PASSWORD}, 400, "Email and password are required"),
        ({"email": {"$ne": ""}, "password": {"$ne": ""}}, 400, "Email and password are required"),
        ({"email": 1, "password": 1}, 400, "Email and password are required"),
        ({"email": "nobody@example.com", "password": PASSWORD}, 401, "Invalid credentials"),
        ({"email": "\0", "password": PASSWORD}, 401, "Invalid credentials"),
        ({"email": "x" * 50_000, "password": PASSWORD}, 401, "Invalid credentials"),
    ],
)
def test_a_bad_log_in_says_why(ask, rows, body: Any, status: int, error: str) -> None:
    before = rows()
    assert ask("POST /core/login", body).status_and_body == (status, {"error": error})
    assert rows() == before


def test_a_wrong_password_and_an_unknown_user_get_the_same_error(ask, anna, rows) -> None:
    before = rows()
    wrong = ask("POST /core/login", {"email": anna.email, "password": "wrong"})
    unknown = ask("POST /core/login", {"email": "nobody@example.com", "password": "wrong"})
    assert wrong.status_and_body == unknown.status_and_body == (401, {"error": "Invalid credentials"})
    assert rows() == before


def test_malformed_json_at_log_in_keeps_its_shape(ask) -> None:
    answer = ask("POST /core/login", raw=b"{")
    assert (answer.status, list(answer.body)) == (400, ["error"])


FORM = "application/x-www-form-urlencoded"


def test_logging_in_with_a_form(client, anna) -> None:
    answer = client.post("/core/login", urlencode({"email": anna.email, "password": PASSWORD}), content_type=FORM)
    assert (answer.status_code, sorted(json.loads(answer.content))) == (200, ["access", "refresh"])


NOT_UTF_8 = "This is not UTF-8: percent-encode the bytes of UTF-8, such as %C3%A9 for é."


@pytest.mark.parametrize(
    ("body", "kind", "status", "text"),
    [
        (b"email=a%40b.co&password=%E9", FORM, 400, NOT_UTF_8),
        (b"email=a%40b.co&password=\xff", FORM, 400, NOT_UTF_8),
        (b"email=a%40b.co&password=x&password=y", FORM, 400, "Give this parameter once only."),
        (b"&".join(b"a%d=1" % number for number in range(1001)), FORM, 413, "At most 1000 parameters at once."),
        (b"email=a%40b.co", FORM, 400, "Email and password are required"),
        (b"email=a", "text/plain", 415, 'Unsupported media type "text/plain" in request.'),
    ],
)
def test_forms_that_are_refused(client, body: bytes, kind: str, status: int, text: str) -> None:
    answer = client.post("/core/login", body, content_type=kind)
    error = json.loads(answer.content)["error"]
    assert (answer.status_code, error[-len(text) :]) == (status, text)


def test_refreshing_rotates_and_a_replay_ends_the_session(ask, anna) -> None:
    first = ask("POST /core/token/refresh", {"refresh": anna.refresh})
    assert (first.status, sorted(first.body)) == (200, ["access", "refresh"])
    assert ask("POST /core/token/refresh", {"refresh": anna.refresh}).status_and_body == (401, BAD_TOKEN)
    assert ask("POST /core/token/refresh", {"refresh": first.body["refresh"]}).status_and_body == (401, BAD_TOKEN)
    assert ask("GET /core/profile", auth=f"Bearer {first.body['access']}").status_and_body == (401, BAD_TOKEN)


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        ({}, 400, {"refresh": REQUIRED}),
        ({"refresh": None}, 400, {"refresh": ["This field may not be null."]}),
        ({"refresh": {}}, 400, {"refresh": NOT_TEXT}),
        ({"refresh": "nonsense"}, 401, BAD_TOKEN),
    ],
)
def test_a_bad_refresh_says_why(ask, anna, rows, body: Any, status: int, expected: dict[str, Any]) -> None:
    before = rows()
    assert ask("POST /core/token/refresh", body).status_and_body == (status, expected)
    assert rows() == before


def test_an_access_token_does_not_refresh(ask, anna) -> None:
    assert ask("POST /core/token/refresh", {"refresh": anna.access}).status_and_body == (401, BAD_TOKEN)


def test_logging_out_with_either_token(ask, anna, ben) -> None:
    out = (200, {"message": "Logged out successfully."})
    assert ask("POST /core/logout", {"refresh": anna.refresh}, auth="Bearer too-old").status_and_body == out
    assert ask("POST /core/logout", auth=ben.bearer).status_and_body == out
    for person in (anna, ben):
        assert ask("GET /core/profile", auth=person.bearer).status_and_body == (401, BAD_TOKEN)
    assert Session.objects.filter(revoked_at=None).count() == 0


def test_logging_out_with_a_key_is_refused(ask, anna, rows) -> None:
    key = services.keys.create_key(anna.principal, name="k")
    ask("POST /core/logout", auth=f"Api-Key {key.text}")
    before = rows()
    assert ask("POST /core/logout", auth=f"Api-Key {key.text}").status == 401
    assert rows() == before


@pytest.mark.parametrize(
    ("body", "auth", "status", "expected"),
    [
        (None, None, 401, MISSING),
        ({}, "Bearer nonsense", 401, BAD_TOKEN),
        ({"refresh": "nonsense"}, None, 401, BAD_TOKEN),
        ({"refresh": 1}, None, 400, {"refresh": NOT_TEXT}),
    ],
)
def test_a_refused_log_out_ends_nothing(ask, anna, rows, body, auth, status: int, expected: dict[str, Any]) -> None:
    before = rows()
    assert ask("POST /core/logout", body, auth=auth).status_and_body == (status, expected)
    assert rows() == before


def test_a_password_reset_from_request_to_log_in(ask, anna, token_in_mail) -> None:
    sent = {"message": "If an account with that email exists, a password reset link has been sent."}
    assert ask("POST /core/password-reset/request", {"email": anna.email}).status_and_body == (200, sent)
    assert ask("POST /core/password-reset/request", {"email": "nobody@example.com"}).status_and_body == (200, sent)
    tasks.send_password_reset(anna.id)
    path = f"/core/password-reset/confirm/{token_in_mail('/core/password-reset/confirm/')}"
    assert ask(f"POST {path}", {"password": "short"}).status_and_body == (
        400,
        {"error": SHORT, "password": [SHORT]},
    )
    assert ask(f"POST {path}", {}).status_and_body == (400, {"error": REQUIRED[0], "password": REQUIRED})
    assert ask(f"POST {path}", {"password": "another-strong-password"}).status_and_body == (
        200,
        {"message": "Your password has been reset successfully. You can now log in."},
    )
    assert ask(f"POST {path}", {"password": "a-third-strong-password"}).status_and_body == (400, BAD_LINK)
    assert ask("GET /core/profile", auth=anna.bearer).status_and_body == (401, BAD_TOKEN)
    assert ask("POST /core/login", {"email": anna.email, "password": PASSWORD}).status == 401
    login = {"email": anna.email, "password": "another-strong-password"}
    assert ask("POST /core/login", login).status == 200


@pytest.mark.parametrize(
    ("body", "errors"), [({}, REQUIRED), ({"email": 1}, BAD_EMAIL), ({"email": "x"}, BAD_EMAIL)]
)
def test_a_bad_request_for_a_reset(ask, body: Any, errors: list[str]) -> None:
    assert ask("POST /core/password-reset/request", body).status_and_body == (400, {"email": errors})
    assert not OneTimeToken.objects.exists()


def test_a_reset_link_never_points_where_the_request_says(http, stranger, mailed) -> None:
    lies = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Origin": "http://evil.example"}
    body = {"email": stranger.email}
    assert http.post("/core/password-reset/request", json=body, headers=lies).status_code == 200
    token = mailed(stranger.email, "/core/password-reset/confirm/")
    done = http.post(f"/core/password-reset/confirm/{token}", json={"password": "another-strong-password"})
    assert done.status_code == 200
    assert http.post("/core/token/refresh", json={"refresh": stranger.refresh}).status_code == 401
