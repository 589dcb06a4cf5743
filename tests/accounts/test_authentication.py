"""From an Authorization header to a principal, or a 401."""

from __future__ import annotations

import pytest

from accounts import services
from accounts.authentication import authenticate
from engine import Unauthenticated

pytestmark = pytest.mark.django_db
FORM = "The Authorization header must be 'Bearer <token>' or 'Api-Key <key>'."


@pytest.mark.parametrize("keyword", ["Bearer", "bearer", "BEARER"])
def test_a_token_is_its_user(anna, keyword: str) -> None:
    found = authenticate(f"{keyword} {anna.access}")
    assert (found.actor, found.email, found.is_key) == (f"u{anna.id}", anna.email, False)
    assert found.teams == {found.home_team: "owner"}


@pytest.mark.parametrize("keyword", ["Api-Key", "api-key", "API-KEY"])
def test_a_key_is_its_team(anna, keyword: str) -> None:
    key = services.create_key(anna.principal, name="k", actions=["read"])
    found = authenticate(f"{keyword}  {key.text} ")
    assert (found.actor, found.user_id, found.is_key) == (f"k{key.id}", anna.id, True)
    assert found.teams == {anna.principal.home_team: "owner"}
    assert found.home_team == anna.principal.home_team


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (None, "Authentication credentials were not provided."),
        ("", "Authentication credentials were not provided."),
        ("  ", "Authentication credentials were not provided."),
        ("Bearer", FORM),
        ("Bearer a b", FORM),
        ("Basic YTpi", FORM),
        ("Token abc", FORM),
        ("Bearer nonsense", "Token is invalid or expired"),
        ("Bearer dc_00000000_00000000000000000000000000000000_000000", "Token is invalid or expired"),
        ("Api-Key nonsense", "Invalid API Key."),
        ("Api-Key sk_test_abc", "Invalid API Key."),
        ("Api-Key \xe9", "Invalid API Key."),
    ],
)
def test_anything_else_is_nobody(header: str | None, message: str) -> None:
    with pytest.raises(Unauthenticated) as caught:
        authenticate(header)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("auth", "message"),
    [
        (None, "Authentication credentials were not provided."),
        ("Bearer nonsense", "Token is invalid or expired"),
        ("Api-Key nonsense", "Invalid API Key."),
    ],
)
def test_a_view_answers_401_and_says_how(ask, auth: str | None, message: str) -> None:
    answer = ask("GET /core/profile", auth=auth)
    assert answer.told == (401, {"detail": message})
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["Cache-Control"] == "no-store"


def test_cookies_are_nobody(client, anna) -> None:
    client.cookies["access"] = anna.access
    client.cookies["sessionid"] = anna.access
    assert client.get("/core/profile").status_code == 401
