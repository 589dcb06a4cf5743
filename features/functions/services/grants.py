"""What the calls of a function without a caller may do: what its publisher could, as long as they still can."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import accounts.services.principals
import engine
from accounts.principal import AccountPrincipal, Principal, Scope, ScopedPrincipal
from catalog.services.access import open_database, team_of


def grant_of(principal: Principal, database_id: str) -> dict[str, Any]:
    """Return what is stored when a function is published. Nothing is granted but actions on documents."""
    allowed = open_database(principal, database_id).allowed & engine.DOCUMENT_ACTIONS
    user_id = principal.user_id if isinstance(principal, AccountPrincipal) else None
    return {
        "actor": principal.actor,
        "user_id": user_id,
        "team": team_of(principal, database_id),
        "actions": sorted(action.value for action in allowed),
    }


def principal_of(grant: Mapping[str, Any], database_id: str) -> ScopedPrincipal:
    """Return who acts in a call without a caller, with the present role of the publisher. Raises `NotFound`."""
    teams = accounts.services.principals.teams_of_user(grant["user_id"])
    return ScopedPrincipal(
        actor=grant["actor"],
        user_id=grant["user_id"],
        verified=True,
        teams=teams,
        home_team=grant["team"],
        scope=Scope(frozenset(engine.Action(name) for name in grant["actions"]), frozenset({database_id})),
    )
