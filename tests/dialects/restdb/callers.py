"""Callers of the REST dialect, as its modules get them: keys and external users without a database."""

from __future__ import annotations

from typing import Any

import engine
from accounts.principal import (
    ApiKeyPrincipal,
    BrowserKeyPrincipal,
    BrowserKeyScope,
    ExternalUserPrincipal,
    Role,
    Scope,
)

DATABASE_ID = "60c72b2f9b1d8b1a2d3e4567"


def api_key(actions: frozenset[engine.Action] = engine.DOCUMENT_ACTIONS) -> ApiKeyPrincipal:
    return ApiKeyPrincipal(
        actor="k1", user_id=1, verified=True, teams={7: "owner"}, home_team=7, scope=Scope(actions)
    )


def browser_key(actions: frozenset[engine.Action] = engine.DOCUMENT_ACTIONS, **limits: Any) -> BrowserKeyPrincipal:
    """Return a browser key; `limits` are the members of its scope."""
    return BrowserKeyPrincipal(
        actor="k2",
        user_id=1,
        verified=True,
        teams={7: "owner"},
        home_team=7,
        scope=Scope(actions),
        browser_scope=BrowserKeyScope(**limits),
    )


def external_user(*roles: Role, **limits: Any) -> ExternalUserPrincipal:
    """Return a user of an outside identity provider; `limits` are the members of the token's scope."""
    return ExternalUserPrincipal(
        actor="x1",
        home_team=7,
        email="joe@example.com",
        database_id=DATABASE_ID,
        document_id="60c72b2f9b1d8b1a2d3e4568",
        browser_scope=BrowserKeyScope(**limits),
        roles=roles,
    )
