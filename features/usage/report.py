"""The use of a team and its limits: now, and by day, database and key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.conf import settings

import accounts.services
import catalog.services
from accounts.principal import AccountPrincipal, ScopedPrincipal
from accounts.restrictions.limits import RequestLimit, request_limits, team_limit
from accounts.services.keys import Key
from accounts.services.quotas import team_limits
from catalog.services.bounds.quotas import team_size
from engine import Action, Forbidden
from features.usage.admission import leases
from features.usage.services import by_caller

MAX_DAYS = 90
_NAMES = {
    "team-minute": "requests_per_minute",
    "team-month": "requests_per_month",
    "key-minute": "rate",
    "key-day": "daily_quota",
}


@dataclass(frozen=True)
class LimitUse:
    """A limit and its use; `used` is None where it is not counted, `limit` None for no limit."""

    name: str
    used: int | None
    limit: int | None
    resets_at: datetime | None = None


@dataclass(frozen=True)
class Requests:
    """Numbers of requests; `refused` are those above a limit, which are errors too."""

    requests: int = 0
    errors: int = 0
    refused: int = 0


@dataclass(frozen=True)
class DatabaseUse:
    """A database and what it holds; `documents` include kept versions."""

    id: str
    name: str
    collections: int
    documents: int
    bytes: int
    requests: Requests


@dataclass(frozen=True)
class UsageReport:
    """What a caller may know of its team's use; `people` are the requests of signed-in users."""

    limits: Sequence[LimitUse]
    days: Mapping[date, Requests]
    databases: Sequence[DatabaseUse]
    keys: Sequence[tuple[Key, Sequence[LimitUse], Requests]]
    people: Requests


def report(principal: AccountPrincipal, *, days: int) -> UsageReport:
    """Return the use of the principal's home team in the last days. Raises `Forbidden` without `read`.

    A key for named databases sees these alone, and of the limits those of its requests. A caller without `own` sees
    no other keys.
    """
    if Action.READ not in principal.team_actions(principal.home_team):
        raise Forbidden("This needs the permission 'read'.")
    in_team = replace(principal, teams={principal.home_team: principal.teams[principal.home_team]})
    databases = _databases(in_team, days)
    is_partial = isinstance(principal, ScopedPrincipal) and principal.scope.databases is not None
    seen = [item.id for item in databases] if is_partial else None
    callers = by_caller.sums(principal.home_team, "actor", days=days, databases=seen)
    by_actor = {row["actor"]: _requests(row) for row in callers}
    return UsageReport(
        limits=_standings(principal.request_limits) if is_partial else _team_limits(principal, databases, days),
        days={
            row["day"]: _requests(row)
            for row in by_caller.sums(principal.home_team, "day", days=days, databases=seen)
        },
        databases=databases,
        keys=[_key_use(principal, key, by_actor) for key in _keys(principal)],
        people=_total(count for actor, count in by_actor.items() if actor.startswith("u")),
    )


def _databases(principal: AccountPrincipal, days: int) -> list[DatabaseUse]:
    rows, _ = catalog.services.queries.list_databases(
        principal, page=1, page_size=settings.MAX_DATABASES, search=""
    )
    sizes = team_size(principal.home_team)
    ids = [row["id"] for row in rows]
    counted = by_caller.sums(principal.home_team, "database_id", days=days, databases=ids)
    requests = {row["database_id"]: _requests(row) for row in counted}
    return [
        DatabaseUse(
            row["id"],
            row["name"],
            row["num_collections"],
            sizes[row["id"]].documents if row["id"] in sizes else 0,
            sizes[row["id"]].total if row["id"] in sizes else 0,
            requests.get(row["id"], Requests()),
        )
        for row in rows
    ]


def _team_limits(principal: AccountPrincipal, databases: Sequence[DatabaseUse], days: int) -> list[LimitUse]:
    team = principal.home_team
    own = team_limits.own_limits(team)
    used = {
        "databases": len(databases),
        "collections": max((item.collections for item in databases), default=0),
        "documents": sum(item.documents for item in databases),
        "bytes": sum(item.bytes for item in databases),
        "keys": team_limits.count_keys(team),
        "import_bytes": None,
    }
    standings = {item.name: item for item in _standings(request_limits(team, own))}
    requests = [
        standings.get(name, LimitUse(name, None, None)) for name in ("requests_per_minute", "requests_per_month")
    ]
    return [LimitUse(name, count, team_limit(own, name)) for name, count in used.items()] + requests


def _keys(principal: AccountPrincipal) -> list[Key]:
    """Return the keys that a caller may list or, without `own`, the key that the caller is."""
    if Action.OWN in principal.team_actions(principal.home_team):
        return accounts.services.keys.list_keys(principal)
    row = accounts.services.keys.acting_row(principal)
    return [] if row is None else [accounts.services.keys.key_of_row(row)]


def _key_use(
    principal: AccountPrincipal, key: Key, by_actor: Mapping[str, Requests]
) -> tuple[Key, list[LimitUse], Requests]:
    own = team_limits.own_limits(principal.home_team)
    limits = request_limits(principal.home_team, own, key_id=key.id, rate=key.rate, daily_quota=key.daily_quota)
    named = [limit for limit in limits if limit.subject.startswith("k")]
    return key, _standings(named), by_actor.get(f"k{key.id}", Requests())


def _standings(limits: Sequence[RequestLimit]) -> list[LimitUse]:
    standings = [leases.standing(limit) for limit in limits]
    return [LimitUse(_NAMES[it.limit.name], it.used, it.limit.limit, it.ends_at) for it in standings]


def _requests(row: Mapping[str, Any]) -> Requests:
    return Requests(row["requests"], row["errors"], row["refused"])


def _total(counts: Iterable[Requests]) -> Requests:
    items = [*counts]
    return Requests(
        sum(it.requests for it in items), sum(it.errors for it in items), sum(it.refused for it in items)
    )
