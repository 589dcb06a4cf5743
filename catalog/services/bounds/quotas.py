"""Quotas of a team: documents and bytes in its databases, and the size of an import."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from threading import Lock
from typing import Protocol

from cachetools import LRUCache
from django.conf import settings

import engine
from accounts.restrictions.limits import quota_reached, team_limit
from catalog.limits import bounded
from catalog.models import Database, State
from catalog.services.stores.clusters import ClusterConnection, store
from engine.actions import BoundedActions
from engine.handles import Size, database_size
from engine.suspension import in_thread

# From this share of a quota on the databases are measured before each write.
_NEARLY_FULL = 0.9
_MAX_TEAMS = 10_000


@dataclass(frozen=True, slots=True)
class Quota:
    """The largest number of documents, kept versions included, and of bytes of a team; None without a limit.

    `limits` are all that were set for the team.
    """

    documents: int | None = None
    bytes: int | None = None
    limits: Mapping[str, int] = field(default_factory=dict, hash=False)


NO_QUOTA = Quota()


@dataclass(slots=True)
class _Measured:
    documents: int
    bytes: int
    at: float
    writes: int = 0  # of this process since then, each of one document at least


_measured: LRUCache[int, _Measured] = LRUCache(_MAX_TEAMS)
_lock = Lock()


def quota_of(limits: Mapping[str, int]) -> Quota:
    """Return the quota of a team for which these limits were set."""
    return Quota(team_limit(limits, "documents"), team_limit(limits, "bytes"), limits)


class _Entry(Protocol):
    """The members of a catalog entry that bound its database."""

    @property
    def physical(self) -> str: ...

    @property
    def cluster(self) -> ClusterConnection: ...

    @property
    def team(self) -> int: ...

    @property
    def expires_at(self) -> datetime | None: ...

    @property
    def quota(self) -> Quota: ...


def bounded_for(entry: _Entry, allowed: frozenset[engine.Action]) -> frozenset[engine.Action]:
    """Return permissions with which a write is refused where the database, or its team, has reached a quota."""
    if entry.expires_at is not None:
        return bounded(allowed, entry.cluster.store, entry.physical)
    if entry.quota.documents is None and entry.quota.bytes is None:
        return allowed
    return BoundedActions(allowed).bounded_by(partial(_check_room, entry.team, entry.quota))


def check_import_size(quota: Quota, size: int) -> None:
    """Raise `TooLarge` for a file with more bytes than a team may import at once."""
    limit = team_limit(quota.limits, "import_bytes") or 0
    if size > limit:
        raise engine.TooLarge(f"The file has {size} bytes; the team's limit `import_bytes` is {limit}.")


def team_size(team: int) -> dict[str, Size]:
    """Return the size of each database of a team, by id. Leaves out those whose store does not respond."""
    rows = Database.objects.filter(team_id=team, state__in=(State.READY, State.FILLING))
    sizes = {}
    for public_id, cluster, physical in rows.values_list("public_id", "cluster", "physical"):
        try:
            sizes[public_id] = database_size(store(cluster), physical)
        except engine.Error:
            continue
    return sizes


def _check_room(team: int, quota: Quota) -> None:
    used = _recent(team, quota) or in_thread(partial(_measure, team))
    for name, count, limit in (
        ("documents", used.documents, quota.documents),
        ("bytes", used.bytes, quota.bytes),
    ):
        if limit is not None and count >= limit:
            raise engine.Forbidden(quota_reached(name, used=count, limit=limit))
    used.writes += 1


def _recent(team: int, quota: Quota) -> _Measured | None:
    """Return the last measurement, unless it is old, or the quota is nearly used up."""
    with _lock:
        used = _measured.get(team)
    if used is None or time.monotonic() - used.at > settings.CACHE_SECONDS:
        return None
    counts = ((used.documents + used.writes, quota.documents), (used.bytes, quota.bytes))
    return None if any(limit and count >= limit * _NEARLY_FULL for count, limit in counts) else used


def _measure(team: int) -> _Measured:
    at = time.monotonic()
    sizes = team_size(team).values()
    used = _Measured(sum(size.documents for size in sizes), sum(size.total for size in sizes), at)
    with _lock:
        _measured[team] = used
    return used
