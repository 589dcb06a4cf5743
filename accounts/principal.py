"""Who is asking, and what they may do where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine import ALL_ACTIONS, DOCUMENT_ACTIONS, Action

ROLES: Mapping[str, frozenset[Action]] = {
    "owner": ALL_ACTIONS,
    "admin": ALL_ACTIONS - {Action.OWN},
    "editor": DOCUMENT_ACTIONS,
    "viewer": frozenset({Action.READ}),
}


@dataclass(frozen=True)
class Scope:
    """What a key allows, and where: `databases` is None for every database of its team."""

    actions: frozenset[Action]
    databases: frozenset[str] | None = None

    def allows(self, database_id: str) -> frozenset[Action]:
        if self.databases is None or database_id in self.databases:
            return self.actions
        return frozenset()


@dataclass(frozen=True)
class Principal:
    """A user, or a user's API key: its teams with the role in each and, for a key, its scope.

    `actor` is the short id that is stamped on documents: `u<user id>` or `k<key id>`; `session` is the
    id of the session that a user's access token belongs to.
    """

    actor: str
    user_id: int
    email: str
    verified: bool
    teams: Mapping[int, str]
    home_team: int
    scope: Scope | None = None
    session: str | None = None

    @property
    def is_authenticated(self) -> bool:
        """Always: DRF asks it of `request.user`."""
        return True

    @property
    def is_key(self) -> bool:
        return self.scope is not None

    def actions(self, *, team_id: int, database_id: str) -> frozenset[Action]:
        """What is allowed on one database; the empty set means that it must not even be seen."""
        granted = ROLES.get(self.teams.get(team_id, ""), frozenset())
        return granted if self.scope is None else granted & self.scope.allows(database_id)

    def may_create_databases(self) -> bool:
        """A key that is bound to named databases cannot make others."""
        granted = ROLES.get(self.teams.get(self.home_team, ""), frozenset())
        if self.scope is None:
            return Action.DESIGN in granted
        return self.scope.databases is None and Action.DESIGN in granted & self.scope.actions
