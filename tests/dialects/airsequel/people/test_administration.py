"""What administrators of the installation may do, in this process; and limits of signing in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from accounts import services
from accounts.models import User
from accounts.services import principals
from accounts.services.bearer import session_tokens
from tests.dialects.airsequel.support import failed
from tests.support import PASSWORD
from web import throttling

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def cheap(settings: Any, monkeypatch) -> None:
    settings.PASSWORD_HASH_MEMORY_KIB = 64
    settings.SIGN_IN_LIMIT_ADDRESS = 1_000_000
    monkeypatch.setattr("web.throttling.Fallback.valkey_is_away", lambda self: True)
    throttling._fallback.cache_clear()  # attempts of other tests of this process do not count
    principals.invalidate_all()


def ask(route: str, body: Any = None, *, token: str = "", **headers: str) -> tuple[int, Any]:
    verb, path = route.split(" ")
    sent = {**({"Authorization": f"Bearer {token}"} if token else {}), **headers}
    data = b"" if body is None else json.dumps(body).encode()
    answer = Client().generic(verb, path, data, "application/json", headers=sent)
    return answer.status_code, json.loads(answer.content)


def log_in(username: str, *, is_admin: bool = False) -> str:
    user_id = services.people.register(f"{username}@example.com", password=PASSWORD, username=username)
    User.objects.filter(pk=user_id).update(is_admin=is_admin)
    return session_tokens.log_in(username, password=PASSWORD).token


def test_an_administrator_reads_and_invites_everybody(mailoutbox, monkeypatch) -> None:
    queued: list[tuple[str, Any]] = []
    monkeypatch.setattr("accounts.services.people.after_commit", lambda *task: queued.append(task))
    admin, joe = log_in("boss", is_admin=True), log_in("joe")
    queued.clear()
    _, user = ask("GET /api/users/joe", token=admin)
    assert (user["serverRoles"], user["username"]) == ([], "joe")
    assert ask("GET /api/users/boss", token=admin)[1]["serverRoles"] == ["admin"]
    assert ask("GET /api/users/boss", token=joe) == failed(404, "User not found.")
    for email in ("new@example.com", "joe@example.com"):
        assert ask("POST /api/users/invite", {"email": email}, token=admin) == (200, {})
    assert queued == [("send_sign_up_invitation", "new@example.com")]
    services.mails.send_sign_up_invitation("new@example.com")
    services.mails.send_sign_up_invitation("joe@example.com")
    (mail,) = mailoutbox
    assert (mail.to, "/dashboard/register" in mail.body) == (["new@example.com"], True)


def test_an_administrator_bills_a_team(monkeypatch) -> None:
    monkeypatch.setattr("dialects.airsequel.people.views.teams.list_profiles", lambda *args, **options: ([], 0))
    admin = log_in("boss", is_admin=True)
    body = {"billing_plan": "pro", "billing_subscription_id": 7}
    billing = {"email_address": None, "plan": "pro", "subscription_id": 7}
    assert ask("PATCH /api/teams/boss", body, token=admin)[1]["billing"] == billing
    body = {"billing_plan": None, "billing_email_address": "a@example.com"}
    billing |= {"email_address": "a@example.com", "plan": None}
    assert ask("PATCH /api/teams/boss", body, token=admin)[1]["billing"] == billing


@pytest.mark.parametrize("names", [("joe", "JOE", "joe@example.com"), ("nobody", "Nobody", "nobody")])
def test_attempts_of_one_account_are_limited_by_whatever_name(settings: Any, names: tuple[str, ...]) -> None:
    log_in("joe")
    settings.SIGN_IN_LIMIT_ACCOUNT = 2
    results = [ask("POST /api/login", {"username": name, "password": "wrong"})[0] for name in names]
    assert results == [401, 401, 429]


def test_attempts_from_one_address_are_limited(settings: Any) -> None:
    settings.SIGN_IN_LIMIT_ADDRESS = 1
    headers = {"X-Forwarded-For": "203.0.113.9"}
    settings.TRUSTED_PROXIES = 1
    for route in ("login", "users", "users/reset-password", "users/reset-password/submit"):
        assert ask(f"POST /api/{route}", {}, **headers)[0] == 400
        assert ask(f"POST /api/{route}", {}, **headers) == failed(429, "Too many requests; try again later.")


def test_a_large_body_is_refused(settings: Any) -> None:
    settings.MAX_ACCOUNT_BODY_BYTES = 100
    expected = failed(413, "The body is larger than 100 bytes (MAX_ACCOUNT_BODY_BYTES).")
    assert ask("POST /api/login", {"username": "x" * 100}) == expected
