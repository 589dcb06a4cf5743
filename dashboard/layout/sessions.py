"""The browser session: a cookie bound to an account session, and the chosen team."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import rotate_token

import accounts.services
from accounts.principal import PersonPrincipal
from engine import Unauthenticated

ACCOUNT = "account_session"
_TEAM = "team"
_REGISTRATION = "registered"
_CHALLENGE = "challenge"
_OPENID = "openid"
ENDED = "Your session has ended. Sign in again."


def begin(request: HttpRequest, session_id: str) -> None:
    """Bind the browser to an account session, under a new cookie."""
    request.session.flush()
    request.session[ACCOUNT] = session_id
    rotate_token(request)


def end(request: HttpRequest) -> None:
    """Delete the browser session and its cookie."""
    request.session.flush()
    rotate_token(request)


def find_principal(request: HttpRequest) -> PersonPrincipal | None:
    """Return the signed-in principal, or None."""
    session_id = request.session.get(ACCOUNT)
    if session_id is None:
        return None
    try:
        principal = accounts.services.principals.principal_of_session(session_id)
    except Unauthenticated:
        return None
    return _in_team(principal, request.session.get(_TEAM))


def principal(request: HttpRequest) -> PersonPrincipal:
    """Return the signed-in principal. Raises `Unauthenticated`."""
    principal_or_none = find_principal(request)
    if principal_or_none is None:
        raise Unauthenticated(ENDED)
    return principal_or_none


def choose_team(request: HttpRequest, team_id: int) -> None:
    """Store the team that the pages show."""
    request.session[_TEAM] = team_id


def store_registration(request: HttpRequest, *, email: str, user_id: int | None, next_page: str = "") -> None:
    """Store who has registered in this browser, and the page to open after the first sign-in."""
    request.session.cycle_key()
    request.session[_REGISTRATION] = {"email": email, "user_id": user_id, "next": next_page}


def registration(request: HttpRequest) -> dict[str, Any]:
    """Return what `store_registration` has stored, or an empty dictionary."""
    return request.session.get(_REGISTRATION) or {}


def store_challenge(request: HttpRequest, token: str) -> None:
    """Store that this browser has given the right password, and that a code is missing."""
    request.session.cycle_key()
    request.session[_CHALLENGE] = token


def challenge(request: HttpRequest) -> str:
    """Return the token that `store_challenge` has stored, or an empty text."""
    return str(request.session.get(_CHALLENGE) or "")


def store_openid(request: HttpRequest, pending: dict[str, str]) -> None:
    """Store the secrets of a sign-in with the identity provider."""
    request.session[_OPENID] = pending


def take_openid(request: HttpRequest) -> dict[str, str] | None:
    """Return what `store_openid` has stored, once."""
    return request.session.pop(_OPENID, None)


def _in_team(principal: PersonPrincipal, team_id: int | None) -> PersonPrincipal:
    """Return the principal with the chosen team as home team, while the user is a member of it."""
    if team_id is None or team_id not in principal.teams:
        return principal
    return replace(principal, home_team=team_id)


def own_team_only(principal: PersonPrincipal) -> PersonPrincipal:
    """Return the principal limited to the home team, for lists of what this team owns."""
    return replace(principal, teams={principal.home_team: principal.teams[principal.home_team]})
