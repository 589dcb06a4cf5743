"""Principals: authenticated callers and their permissions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import ClassVar

from accounts.restrictions.limits import RequestLimit
from accounts.restrictions.networks import Networks
from accounts.restrictions.paths import matches_path
from engine import ALL_ACTIONS, DOCUMENT_ACTIONS, Action, Forbidden
from engine.handles import LIMITED, CollectionAccess

ROLES: Mapping[str, frozenset[Action]] = {
    "owner": ALL_ACTIONS,
    "admin": ALL_ACTIONS - {Action.OWN},
    "editor": DOCUMENT_ACTIONS,
    "viewer": frozenset({Action.READ}),
}
Role = Mapping[str, frozenset[Action]]
_NOTHING: frozenset[Action] = frozenset()
_ORIGIN = re.compile(r"https?://[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]{1,5})?")
# Collections of mails and of the service. A browser key's paths must name them; wildcards do not match them.
SERVICE_COLLECTIONS = frozenset(
    {
        *("email_outbound", "email_inbound", "email_templates", "email_unsubscribed"),
        *("system_log", "system_jobs"),
    }
)
# Collections that a role of external users must name: `*` does not match them.
NAMED_ALONE = SERVICE_COLLECTIONS | {"users", "media"}
# HTTP methods of a browser key, and the action that each needs.
VERBS: Mapping[str, Action] = {
    "GET": Action.READ,
    "POST": Action.INSERT,
    "PUT": Action.WRITE,
    "PATCH": Action.WRITE,
    "DELETE": Action.DELETE,
}


@dataclass(frozen=True, slots=True)
class BrowserKeyScope:
    """Restrictions of a public (browser) key; valid on the restdb.io surface only.

    `origins` are `https://host`, `https://*.host` or `*`; `paths` are patterns such as `/customers/**`, where `*`
    matches one name and `**` the rest; `realtime` are event names such as `POST:company`, and channel names.
    """

    origins: tuple[str, ...] = ()
    verbs: frozenset[str] = frozenset()
    paths: tuple[str, ...] = ()
    realtime: tuple[str, ...] = ()

    @classmethod
    def of(cls, stored: Mapping[str, Sequence[str]]) -> BrowserKeyScope:
        """Restore a scope from `as_dict`."""
        lists = {name: tuple(stored.get(name, ())) for name in ("origins", "paths", "realtime")}
        return cls(verbs=frozenset(stored.get("verbs", ())), **lists)

    def as_dict(self) -> dict[str, list[str]]:
        """Return the stored and published form. Omits empty `paths`, which would read as "no path"."""
        return {
            "origins": [*self.origins],
            "verbs": [verb for verb in VERBS if verb in self.verbs],
            **({"paths": [*self.paths]} if self.paths else {}),
            "realtime": [*self.realtime],
        }

    def may_hear(self, right: str) -> bool:
        """Return whether an event name such as `POST:company`, or a channel, may be received."""
        return right in self.realtime

    def names(self, origin: str) -> bool:
        """Return whether an origin is allowed. Only `*` allows what is not an origin, such as a URL with a path."""
        lowered = origin.lower()
        return "*" in self.origins or (
            _ORIGIN.fullmatch(lowered) is not None
            and any(fnmatchcase(lowered, pattern) for pattern in self.origins)
        )

    def allows_verb(self, verb: str) -> bool:
        return verb in self.verbs

    def allows_path(self, path: str) -> bool:
        """Return whether a path behind `/rest` is allowed.

        Without patterns every path is, except those of the service's own collections.
        """
        first = path.strip("/").partition("/")[0]
        if first in SERVICE_COLLECTIONS:
            return any(
                matches_path(pattern, path)
                for pattern in self.paths
                if pattern.strip("/").partition("/")[0] == first
            )
        return not self.paths or any(matches_path(pattern, path) for pattern in self.paths)


@dataclass(frozen=True, slots=True)
class Scope:
    """Limits of a key: its actions and databases. `databases` None means every database of its team.

    With `grants` each database has actions of its own; `actions` and `databases` are then all of them, see
    `of_grants`. With `collections` nothing but these is allowed, by database and name, see `of_collections`.
    """

    actions: frozenset[Action]
    databases: frozenset[str] | None = None
    grants: Mapping[str, frozenset[Action]] | None = field(default=None, hash=False)
    collections: Mapping[str, Mapping[str, CollectionAccess]] | None = field(default=None, hash=False)

    @classmethod
    def of_grants(cls, grants: Mapping[str, frozenset[Action]]) -> Scope:
        """Return the scope of actions by database."""
        return cls(_NOTHING.union(*grants.values()), frozenset(grants), grants)

    @classmethod
    def of_collections(cls, collections: Mapping[str, Mapping[str, CollectionAccess]]) -> Scope:
        """Return the scope of a key that is limited to these collections of these databases."""
        grants = {
            database: _NOTHING.union(*(access.actions for access in named.values()))
            for database, named in collections.items()
        }
        return replace(cls.of_grants(grants), collections=collections)

    def covers(self, database_id: str) -> bool:
        return self.databases is None or database_id in self.databases

    def actions_in(self, database_id: str) -> frozenset[Action]:
        """Return the actions in one database."""
        if self.grants is not None:
            return self.grants.get(database_id, _NOTHING)
        return self.actions if self.databases is None or database_id in self.databases else _NOTHING

    def is_within(self, other: Scope) -> bool:
        """Return whether it allows nothing that the other one does not; never, where that one has collections."""
        if other.collections is not None:
            return False
        if self.databases is None:
            return other.databases is None and self.actions <= other.actions
        return all(self.actions_in(database) <= other.actions_in(database) for database in self.databases)


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Base of the authenticated callers.

    `actor` is the short id that is stamped on documents: `u<user id>`, `k<key id>`, or `x<id in its database>` for
    an external user. `home_team` owns what the caller creates; limits and usage count for it.
    """

    actor: str
    home_team: int
    request_limits: tuple[RequestLimit, ...] = ()
    is_authenticated: ClassVar[bool] = True  # DRF reads it from `request.user`

    def actions(self, *, team_id: int, database_id: str) -> frozenset[Action]:
        """Return the allowed actions on a database. If empty, the caller must not learn that it exists."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorPrincipal(Principal):
    """A caller without credentials, or without a role: reads the database whose address they know, if any."""

    actor: str = "visitor"
    home_team: int = 0
    database_id: str = ""

    def actions(self, *, team_id: int, database_id: str) -> frozenset[Action]:
        return frozenset({Action.READ}) if database_id == self.database_id else _NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPrincipal(Principal):
    """Base of the callers that act for a user of the service, with that user's role in each of `teams`."""

    user_id: int
    verified: bool
    teams: Mapping[int, str]

    def team_actions(self, team_id: int) -> frozenset[Action]:
        """Return the allowed actions on what a team owns, before any limit to named databases."""
        return ROLES.get(self.teams.get(team_id, ""), _NOTHING)

    def may_create_databases(self) -> bool:
        return Action.DESIGN in self.team_actions(self.home_team)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPrincipal(AccountPrincipal):
    """A signed-in user. `session` is the id of the session of the access token or the browser."""

    email: str
    session: str

    def actions(self, *, team_id: int, database_id: str) -> frozenset[Action]:
        return ROLES.get(self.teams.get(team_id, ""), _NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopedPrincipal(AccountPrincipal):
    """Base of the callers that may do only what both their user's role and a scope allow.

    A key may be used from `networks` alone, if it has any.
    """

    scope: Scope
    networks: Networks = ()

    def actions(self, *, team_id: int, database_id: str) -> frozenset[Action]:
        return ROLES.get(self.teams.get(team_id, ""), _NOTHING) & self.scope.actions_in(database_id)

    def team_actions(self, team_id: int) -> frozenset[Action]:
        """Return the allowed actions on what a team owns: none, where the scope is limited to collections."""
        if self.scope.collections is not None:
            return _NOTHING
        return ROLES.get(self.teams.get(team_id, ""), _NOTHING) & self.scope.actions

    def may_create_databases(self) -> bool:
        """Return whether it may create databases, which a scope of named databases excludes."""
        return self.scope.databases is None and Action.DESIGN in self.team_actions(self.home_team)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyPrincipal(ScopedPrincipal):
    """An API key, kept secret by its holder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnonymousPrincipal(ScopedPrincipal):
    """A caller who owns a database that belongs to nobody because they know its id, and nothing else.

    While such a database is created, `scope` has no databases, and `origin` is the hash of the creator's address.
    `user_id` is 0: no user acts.
    """

    actor: str = "visitor"
    user_id: int = 0
    verified: bool = True
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserKeyPrincipal(ScopedPrincipal):
    """A browser key, which is public in web pages; valid on the restdb.io surface only."""

    browser_scope: BrowserKeyScope


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalUserPrincipal(Principal):
    """A user of an external identity provider, in one database and in no team.

    `document_id` is the user's `_id` in the collection `users`. Each role is {collection or `*`: actions}. In
    `private` collections (`*`: in all) the user sees only documents that they created. `publishes` are names of
    channels.
    """

    email: str
    database_id: str
    document_id: str
    browser_scope: BrowserKeyScope
    roles: tuple[Role, ...] = ()
    private: frozenset[str] = frozenset()
    publishes: frozenset[str] = frozenset()

    def actions(self, *, team_id: int, database_id: str) -> frozenset[Action]:
        """Return the document actions in the own database; `actions_in` restricts them by collection."""
        return DOCUMENT_ACTIONS if database_id == self.database_id else _NOTHING

    def actions_in(self, collection: str) -> frozenset[Action]:
        """Return the union of the roles' actions. In each role a collection's own entry overrides `*`."""
        fallback = "" if collection in NAMED_ALONE else "*"
        granted = (role.get(collection, role.get(fallback, _NOTHING)) for role in self.roles)
        return _NOTHING.union(*granted)

    def sees_own_documents_only(self, collection: str) -> bool:
        return collection in self.private or "*" in self.private


def check_unlimited(principal: Principal) -> None:
    """Raise `Forbidden` for a key that is limited to collections, where an operation cannot be."""
    if isinstance(principal, ScopedPrincipal) and principal.scope.collections is not None:
        raise Forbidden(LIMITED)


def browser_scope_of(principal: Principal) -> BrowserKeyScope | None:
    """Return the restrictions of a caller whose credential is used in web pages; None for any other caller."""
    if isinstance(principal, (BrowserKeyPrincipal, ExternalUserPrincipal)):
        return principal.browser_scope
    return None
