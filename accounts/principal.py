"""Principals: authenticated callers and their permissions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from engine import ALL_ACTIONS, DOCUMENT_ACTIONS, Action

ROLES: Mapping[str, frozenset[Action]] = {
    "owner": ALL_ACTIONS,
    "admin": ALL_ACTIONS - {Action.OWN},
    "editor": DOCUMENT_ACTIONS,
    "viewer": frozenset({Action.READ}),
}
_ORIGIN = re.compile(r"https?://[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?")
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


@dataclass(frozen=True)
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
                _matches_path(pattern, path)
                for pattern in self.paths
                if pattern.strip("/").partition("/")[0] == first
            )
        return not self.paths or any(_matches_path(pattern, path) for pattern in self.paths)


def _matches_path(pattern: str, path: str) -> bool:
    parts, names = pattern.strip("/").split("/"), path.strip("/").split("/")
    for index, part in enumerate(parts):
        if part == "**":
            return True
        if index >= len(names) or not fnmatchcase(names[index], part):
            return False
    return len(parts) == len(names)


Role = Mapping[str, frozenset[Action]]


@dataclass(frozen=True)
class ExternalIdentity:
    """Permissions of a user of an external identity provider, in the one database of the scope.

    Each role is {collection or `*`: actions}. In `private` collections (`*`: in all) the user sees only documents
    that they created. `publishes` are names of channels.
    """

    person: str
    roles: tuple[Role, ...] = ()
    private: frozenset[str] = frozenset()
    publishes: frozenset[str] = frozenset()

    def actions_in(self, collection: str) -> frozenset[Action]:
        """Return the union of the roles' actions. In each role a collection's own entry overrides `*`."""
        fallback = "" if collection in NAMED_ALONE else "*"
        granted = (role.get(collection, role.get(fallback, frozenset())) for role in self.roles)
        return frozenset().union(*granted)

    def sees_own_documents_only(self, collection: str) -> bool:
        return collection in self.private or "*" in self.private


@dataclass(frozen=True)
class Scope:
    """Limits of a key: its actions and databases. `databases` None means every database of its team."""

    actions: frozenset[Action]
    databases: frozenset[str] | None = None
    web: BrowserKeyScope | None = None
    external_identity: ExternalIdentity | None = None

    def allows(self, database_id: str) -> frozenset[Action]:
        if self.databases is None or database_id in self.databases:
            return self.actions
        return frozenset()


@dataclass(frozen=True)
class Principal:
    """An authenticated caller: a user or an API key, with the role in each team and the scope of a key.

    `actor` is the short id that is stamped on documents: `u<user id>`, `k<key id>`, or `x<id in its database>` for
    an external user, who is in no team. `session` is the id of the session that an access token belongs to.
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
        """Always true; DRF reads it from `request.user`."""
        return True

    @property
    def is_key(self) -> bool:
        return self.scope is not None

    @property
    def external_identity(self) -> ExternalIdentity | None:
        return self.scope.external_identity if self.scope else None

    def actions(self, *, team_id: int, database_id: str) -> frozenset[Action]:
        """Return the allowed actions on a database. If empty, the caller must not learn that it exists."""
        if self.scope is not None and self.scope.external_identity is not None:
            return self.scope.allows(database_id)
        granted = ROLES.get(self.teams.get(team_id, ""), frozenset())
        return granted if self.scope is None else granted & self.scope.allows(database_id)

    def may_create_databases(self) -> bool:
        """Return whether the caller may create databases. A key that is limited to named databases may not."""
        granted = ROLES.get(self.teams.get(self.home_team, ""), frozenset())
        if self.scope is None:
            return Action.DESIGN in granted
        return self.scope.databases is None and Action.DESIGN in granted & self.scope.actions
