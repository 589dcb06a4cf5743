"""The browser's session: a cookie that stands for a session of accounts, and the team that was chosen in it."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest
from django.middleware.csrf import rotate_token

import accounts.services
from accounts.principal import Principal
from engine import Unauthenticated

ACCOUNT = "account_session"
_TEAM = "team"
_REGISTERED = "registered"
ENDED = "Your session has ended. Log in again."


def begin(request: HttpRequest, session_id: str) -> None:
    """Binds the browser to a session of accounts, under a new cookie."""
    request.session.flush()
    request.session[ACCOUNT] = session_id
    rotate_token(request)


def end(request: HttpRequest) -> None:
    request.session.flush()
    rotate_token(request)


def visitor(request: HttpRequest) -> Principal | None:
    """Who is asking, or None."""
    session_id = request.session.get(ACCOUNT)
    if session_id is None:
        return None
    try:
        found = accounts.services.principal_of_session(session_id)
    except Unauthenticated:
        return None
    return _in_team(found, request.session.get(_TEAM))


def principal(request: HttpRequest) -> Principal:
    """Who is asking; raises `Unauthenticated`."""
    found = visitor(request)
    if found is None:
        raise Unauthenticated(ENDED)
    return found


def choose_team(request: HttpRequest, team_id: int) -> None:
    request.session[_TEAM] = team_id


def remember_registered(request: HttpRequest, *, email: str, user_id: int | None, next_page: str = "") -> None:
    """Store who has just registered in this browser, and the page to open after the first log-in."""
    request.session.cycle_key()
    request.session[_REGISTERED] = {"email": email, "user_id": user_id, "next": next_page}


def registered(request: HttpRequest) -> dict[str, str | int | None]:
    return request.session.get(_REGISTERED) or {}


def _in_team(found: Principal, team_id: int | None) -> Principal:
    """The chosen team counts as home, for as long as its member is in it."""
    return replace(found, home_team=team_id) if team_id in found.teams else found


def own_team_only(found: Principal) -> Principal:
    """For lists of what the chosen team has."""
    return replace(found, teams={found.home_team: found.teams[found.home_team]})
