"""Common behaviour of all routes of accounts: slashes, methods, rate limits."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db
PASSWORD = "a-strong-and-secure-password"
REGISTRATION = {
    "email": "developer@example.com",
    "firstName": "Alex",
    "lastName": "Dev",
    "password": PASSWORD,
}


ROUTES = [
    ("POST", "/core/register"),
    ("POST", "/core/login"),
    ("POST", "/core/logout"),
    ("POST", "/core/token/refresh"),
    ("GET", "/core/verify-email/x"),
    ("POST", "/core/verify-email/resend"),
    ("GET", "/core/profile"),
    ("POST", "/core/password-reset/request"),
    ("POST", "/core/password-reset/confirm/x"),
    ("GET", "/core/api/v1/keys"),
    ("DELETE", "/core/api/v1/keys/1"),
    ("GET", "/api/keys"),
    ("DELETE", "/api/keys/1"),
]


@pytest.mark.parametrize(("verb", "path"), ROUTES)
def test_a_slash_at_the_end_makes_no_difference(ask, verb: str, path: str) -> None:
    assert ask(f"{verb} {path}").status_and_body == ask(f"{verb} {path}/").status_and_body
    assert ask(f"{verb} {path}").status != 404


@pytest.mark.parametrize(("verb", "path"), ROUTES)
def test_another_verb_is_405(ask, anna, verb: str, path: str) -> None:
    answer = ask(f"PUT {path}", {}, auth=anna.bearer)
    assert answer.status == 405
    assert verb in answer.headers["Allow"]


LIMITED = [
    ("login", {"email": "{email}", "password": "wrong"}, "error"),
    ("register", {**REGISTRATION, "email": "{email}"}, "detail"),
    ("password-reset/request", {"email": "{email}"}, "detail"),
]


def with_email(body: dict[str, str], email: str) -> dict[str, str]:
    return {**body, "email": email}


@pytest.mark.parametrize(("path", "body", "word"), LIMITED)
def test_an_account_is_limited_from_every_address(ask, settings, fresh_email, path, body, word) -> None:
    settings.SIGN_IN_LIMIT_ACCOUNT = 2
    email = fresh_email()
    for spelling in (email, email.upper()):
        assert ask(f"POST /core/{path}", with_email(body, spelling)).status != 429
    refused = ask(f"POST /core/{path}", with_email(body, email), REMOTE_ADDR="192.0.2.7")
    assert refused.status_and_body == (429, {word: "Too many requests; try again later."})
    assert 1 <= int(refused.headers["Retry-After"]) <= settings.SIGN_IN_WINDOW_SECONDS
    assert refused.headers["RateLimit-Limit"] == "2"
    assert refused.headers["RateLimit-Remaining"] == "0"
    assert refused.headers["RateLimit-Reset"] == refused.headers["Retry-After"]
    assert ask(f"POST /core/{path}", with_email(body, fresh_email())).status != 429


@pytest.mark.parametrize(
    "path",
    ["login", "register", "token/refresh", "password-reset/request", "password-reset/confirm/x"],
)
def test_an_address_is_limited_on_every_route(ask, settings, path: str, fresh_email) -> None:
    settings.SIGN_IN_LIMIT_ADDRESS = 2
    address = f"2001:db8:{fresh_email()[:4]}:{fresh_email()[:4]}::"
    for host in "12":
        assert ask(f"POST /core/{path}", {}, REMOTE_ADDR=address + host).status in (400, 401)
    assert ask(f"POST /core/{path}", {}, REMOTE_ADDR=address + "3").status == 429
    assert ask(f"POST /core/{path}", {}, REMOTE_ADDR="192.0.2.8").status != 429


def test_requesting_mails_is_limited(ask, settings, anna) -> None:
    settings.SIGN_IN_LIMIT_ACCOUNT = 1
    assert ask("POST /core/verify-email/resend", auth=anna.bearer).status == 200
    assert ask("POST /core/verify-email/resend", auth=anna.bearer).status == 429
