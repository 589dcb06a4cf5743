"""The routes of people, teams and tokens, as the tables of the surface need them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_TEAM, _MEMBER, _TOKEN = (
    "/api/teams/{team_name}",
    "/api/teams/{team_name}/members/{username}",
    "/api/tokens/{token_id}",
)
_EDITOR = {"json": {"roles": ["Editor"]}}


def _token(ids: dict[str, str]) -> dict[str, Any]:
    permissions = [{"db_id": ids["database"], "name": "read"}]
    return {"json": {"name": "intruder", "team_name": ids["team"], "permissions": permissions}}


def _request(members: dict[str, Any]) -> Callable[[dict[str, str]], dict[str, Any]]:
    return lambda ids: members


# A request for each route that names a team, a person or a token.
FOREIGN: dict[str, Callable[[dict[str, str]], dict[str, Any]]] = {
    "GET /api/users/{username}": _request({}),
    f"GET {_TEAM}": _request({}),
    f"PATCH {_TEAM}": _request({"json": {"name": "intruder"}}),
    f"DELETE {_TEAM}": _request({}),
    f"GET {_TEAM}/members": _request({}),
    f"POST {_TEAM}/members/invite": _request({"json": {"email": "intruder@example.com", "roles": ["Admin"]}}),
    f"PATCH {_MEMBER}": _request(_EDITOR),
    f"DELETE {_MEMBER}": _request({}),
    f"GET {_TEAM}/tokens": _request({}),
    "POST /api/tokens": _token,
    f"GET {_TOKEN}": _request({}),
    f"PATCH {_TOKEN}": _request({"json": {"name": "intruder"}}),
    f"DELETE {_TOKEN}": _request({}),
}
# Routes about the caller alone, which only people may use.
OWN: dict[str, dict[str, Any]] = {"POST /api/teams": {"json": {"name": "mine"}}}
# Routes for everyone, and two of people that end a session or need an administrator: see views/test_users.py.
OPEN = {
    *("POST /api/login", "POST /api/logout", "POST /api/users", "POST /api/users/invite"),
    *("POST /api/users/reset-password", "POST /api/users/reset-password/submit"),
    *("GET /password-reset/{password_reset_key}", "POST /password-reset/{password_reset_key}"),
    *("GET /verify-email/{email_verification_key}", "POST /verify-email/{email_verification_key}"),
}
