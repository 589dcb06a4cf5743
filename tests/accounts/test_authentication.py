"""Resolving an Authorization header to a principal, or a 401."""

from __future__ import annotations

import pytest

from accounts import services
from accounts.authentication import authenticate
from accounts.principal import ApiKeyPrincipal, PersonPrincipal
from engine import Unauthenticated

pytestmark = pytest.mark.django_db
FORM = "The Authorization header must be 'Bearer <token>' or 'Api-Key <key>'."


@pytest.mark.parametrize("keyword", ["Bearer", "bearer", "BEARER"])
def test_a_token_resolves_to_its_user(anna, keyword: str) -> None:
    principal = authenticate(f"{keyword} {anna.access}")
    assert isinstance(principal, PersonPrincipal)
    assert (principal.actor, principal.email) == (f"u{anna.id}", anna.email)
    assert principal.teams == {principal.home_team: "owner"}


@pytest.mark.parametrize("keyword", ["Api-Key", "api-key", "API-KEY"])
def test_a_key_resolves_to_its_team(anna, keyword: str) -> None:
    key = services.keys.create_key(anna.principal, name="k", actions=["read"])
    principal = authenticate(f"{keyword}  {key.text} ")
    assert isinstance(principal, ApiKeyPrincipal)
    assert (principal.actor, principal.user_id) == (f"k{key.id}", anna.id)
    assert principal.teams == {anna.principal.home_team: "owner"}
    assert principal.home_team == anna.principal.home_team


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
def test_other_headers_are_refused(header: str | None, message: str) -> None:
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
    assert answer.status_and_body == (401, {"detail": message})
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["Cache-Control"] == "no-store"


def test_cookies_do_not_authenticate(client, anna) -> None:
    client.cookies["access"] = anna.access
    client.cookies["sessionid"] = anna.access
    assert client.get("/core/profile").status_code == 401
