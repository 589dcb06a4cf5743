"""The browser session: its account, the chosen team, and what a sign-in stores between two requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.test import RequestFactory

import accounts.services
from accounts.models import Membership, Team
from accounts.principal import PersonPrincipal
from dashboard.layout import sessions
from engine import Unauthenticated


@pytest.fixture
def request_of_browser() -> Any:
    """Return a request of a browser with an empty session."""
    request: Any = RequestFactory().get("/dashboard/")
    request.session = SessionStore()
    return request


@pytest.fixture
def signed_in(
    owner: PersonPrincipal, request_of_browser: Any, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], PersonPrincipal | None]:
    """Return a function that finds the principal of the browser, whose account session is a living one."""
    living = {owner.session: owner}

    def principal_of_session(session_id: str) -> PersonPrincipal:
        if session_id not in living:
            raise Unauthenticated("ended")
        return living[session_id]

    monkeypatch.setattr(accounts.services.principals, "principal_of_session", principal_of_session)
    sessions.begin(request_of_browser, owner.session)
    return lambda: sessions.find_principal(request_of_browser)


def test_nobody_is_signed_in_at_first(request_of_browser: Any) -> None:
    assert sessions.find_principal(request_of_browser) is None
    with pytest.raises(Unauthenticated, match="Sign in again"):
        sessions.principal(request_of_browser)


def test_a_browser_is_bound_to_an_account_session(
    owner: PersonPrincipal, request_of_browser: Any, signed_in: Any
) -> None:
    assert signed_in() == owner
    assert sessions.principal(request_of_browser) == owner
    sessions.end(request_of_browser)
    assert signed_in() is None
    assert sessions.ACCOUNT not in request_of_browser.session


def test_a_session_that_ended_elsewhere_is_none(request_of_browser: Any, signed_in: Any) -> None:
    request_of_browser.session[sessions.ACCOUNT] = "0" * 32
    assert signed_in() is None
    with pytest.raises(Unauthenticated):
        sessions.principal(request_of_browser)


def test_a_sign_in_keeps_nothing_of_the_browser_before(request_of_browser: Any, owner: PersonPrincipal) -> None:
    sessions.store_registration(request_of_browser, email="a@example.com", user_id=None)
    sessions.store_challenge(request_of_browser, "token")
    token = request_of_browser.META.get("CSRF_COOKIE")
    sessions.begin(request_of_browser, owner.session)
    assert {*request_of_browser.session.keys()} == {sessions.ACCOUNT}
    assert request_of_browser.META["CSRF_COOKIE"] != token


def test_the_chosen_team_is_the_home_team(
    owner: PersonPrincipal, request_of_browser: Any, signed_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Team.objects.create(name="other")
    Membership.objects.create(team=other, user_id=owner.user_id, role="viewer")
    both = accounts.services.principals.with_current_teams(owner)
    monkeypatch.setattr(accounts.services.principals, "principal_of_session", lambda _: both)
    sessions.choose_team(request_of_browser, other.pk)
    chosen = signed_in()
    assert (chosen.home_team, {*chosen.teams}) == (other.pk, {owner.home_team, other.pk})
    limited = sessions.own_team_only(chosen)
    assert (limited.home_team, limited.teams) == (other.pk, {other.pk: "viewer"})


@pytest.mark.parametrize("team", [0, 10**9])
def test_a_team_that_the_user_left_is_not_the_home_team(
    owner: PersonPrincipal, request_of_browser: Any, signed_in: Any, team: int
) -> None:
    sessions.choose_team(request_of_browser, team)
    assert signed_in().home_team == owner.home_team


def test_registrations_and_challenges_are_stored(request_of_browser: Any) -> None:
    assert (sessions.registration(request_of_browser), sessions.challenge(request_of_browser)) == ({}, "")
    sessions.store_registration(request_of_browser, email="a@example.com", user_id=7, next_page="/dashboard/x")
    sessions.store_challenge(request_of_browser, "token")
    assert sessions.registration(request_of_browser) == {
        "email": "a@example.com",
        "user_id": 7,
        "next": "/dashboard/x",
    }
    assert sessions.challenge(request_of_browser) == "token"


def test_the_secrets_of_a_sign_in_are_taken_once(request_of_browser: Any) -> None:
    assert sessions.take_openid(request_of_browser) is None
    sessions.store_openid(request_of_browser, {"state": "s", "nonce": "n"})
    assert sessions.take_openid(request_of_browser) == {"state": "s", "nonce": "n"}
    assert sessions.take_openid(request_of_browser) is None
