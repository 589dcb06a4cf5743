"""Who is asking, and what they may do where."""

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
# Collections that mails and the service itself work by: a key's paths must name them, no pattern means them.
OF_THE_SERVICE = frozenset(
    {
        *("email_outbound", "email_inbound", "email_templates", "email_unsubscribed"),
        *("system_log", "system_jobs"),
    }
)
# These, the people and the files must be named by a role of outside users: `*` does not mean them.
NAMED_ALONE = OF_THE_SERVICE | {"users", "media"}
# The verbs of a web key, and the action that each needs.
VERBS: Mapping[str, Action] = {
    "GET": Action.READ,
    "POST": Action.INSERT,
    "PUT": Action.WRITE,
    "PATCH": Action.WRITE,
    "DELETE": Action.DELETE,
}


@dataclass(frozen=True)
class BrowserKeyScope:
    """What restricts a key that lies open in web pages; it is good for the REST dialect alone.

    `origins` are `https://host`, or `https://*.host`, or `*`; `paths` are patterns such as `/customers/**`, where
    `*` is one name and `**` all that follows; `realtime` are `POST:company` and the names of channels.
    """

    origins: tuple[str, ...] = ()
    verbs: frozenset[str] = frozenset()
    paths: tuple[str, ...] = ()
    realtime: tuple[str, ...] = ()

    @classmethod
    def of(cls, kept: Mapping[str, Sequence[str]]) -> BrowserKeyScope:
        """Of what `as_dict` made."""
        lists = {name: tuple(kept.get(name, ())) for name in ("origins", "paths", "realtime")}
        return cls(verbs=frozenset(kept.get("verbs", ())), **lists)

    def as_dict(self) -> dict[str, list[str]]:
        """What makes one like it; an empty list of paths, which reads as if none were open, is left out."""
        return {
            "origins": [*self.origins],
            "verbs": [verb for verb in VERBS if verb in self.verbs],
            **({"paths": [*self.paths]} if self.paths else {}),
            "realtime": [*self.realtime],
        }

    def may_hear(self, right: str) -> bool:
        """Of `POST:company` or the name of a channel."""
        return right in self.realtime

    def names(self, origin: str) -> bool:
        """What is no origin, such as an address with a path, is named by `*` alone."""
        wanted = origin.lower()
        return "*" in self.origins or (
            _ORIGIN.fullmatch(wanted) is not None and any(fnmatchcase(wanted, pattern) for pattern in self.origins)
        )

    def allows_verb(self, verb: str) -> bool:
        return verb in self.verbs

    def allows_path(self, path: str) -> bool:
        """Of a path behind `/rest`; without patterns every path but those of the service's own collections."""
        first = path.strip("/").partition("/")[0]
        if first in OF_THE_SERVICE:
            return any(
                _leads(pattern, path) for pattern in self.paths if pattern.strip("/").partition("/")[0] == first
            )
        return not self.paths or any(_leads(pattern, path) for pattern in self.paths)


def _leads(pattern: str, path: str) -> bool:
    wanted, names = pattern.strip("/").split("/"), path.strip("/").split("/")
    for place, part in enumerate(wanted):
        if part == "**":
            return True
        if place >= len(names) or not fnmatchcase(names[place], part):
            return False
    return len(wanted) == len(names)


Role = Mapping[str, frozenset[Action]]


@dataclass(frozen=True)
class ExternalIdentity:
    """What somebody may do, in the one database of the scope, whom an identity provider of it vouches for.

    Each role is {collection or `*`: actions}; of the collections that are `private`, or of all with `*`, there is
    only what the person made. `publishes` are names of channels.
    """

    person: str
    roles: tuple[Role, ...] = ()
    private: frozenset[str] = frozenset()
    publishes: frozenset[str] = frozenset()

    def actions_in(self, collection: str) -> frozenset[Action]:
        """By all roles together; in each a collection's own entry goes before `*`."""
        fallback = "" if collection in NAMED_ALONE else "*"
        found = (role.get(collection, role.get(fallback, frozenset())) for role in self.roles)
        return frozenset().union(*found)

    def sees_own_alone(self, collection: str) -> bool:
        return collection in self.private or "*" in self.private


@dataclass(frozen=True)
class Scope:
    """What a key allows, and where: `databases` is None for every database of its team."""

    actions: frozenset[Action]
    databases: frozenset[str] | None = None
    web: BrowserKeyScope | None = None
    outside: ExternalIdentity | None = None

    def allows(self, database_id: str) -> frozenset[Action]:
        if self.databases is None or database_id in self.databases:
            return self.actions
        return frozenset()


@dataclass(frozen=True)
class Principal:
    """A user, or a user's API key: its teams with the role in each and, for a key, its scope.

    `actor` is the short id that is stamped on documents: `u<user id>`, `k<key id>`, or `x<id in its database>` for
    somebody of an outside identity provider, who is in no team; `session` is the id of the session that a user's
    access token belongs to.
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

    @property
    def outside(self) -> ExternalIdentity | None:
        return self.scope.outside if self.scope else None

    def actions(self, *, team_id: int, database_id: str) -> frozenset[Action]:
        """What is allowed on one database; the empty set means that it must not even be seen."""
        if self.scope is not None and self.scope.outside is not None:
            return self.scope.allows(database_id)
        granted = ROLES.get(self.teams.get(team_id, ""), frozenset())
        return granted if self.scope is None else granted & self.scope.allows(database_id)

    def may_create_databases(self) -> bool:
        """A key that is bound to named databases cannot make others."""
        granted = ROLES.get(self.teams.get(self.home_team, ""), frozenset())
        if self.scope is None:
            return Action.DESIGN in granted
        return self.scope.databases is None and Action.DESIGN in granted & self.scope.actions
