"""Adds entries to the audit log, reads them, and deletes those whose time is over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from audit.models import AuditEntry
from audit.origin import origin
from engine.encoding import dumps, iso_timestamp

_MAX_TARGET = 200
_DELETED_AT_ONCE = 1_000


@dataclass(frozen=True)
class AuditLine:
    """One entry as its team sees it."""

    id: int
    at: str
    actor: str
    action: str
    target: str
    database_id: str
    detail: Mapping[str, Any]
    address: str
    request_id: str


@dataclass(frozen=True)
class EntryFilter:
    """What to read. `action` is a whole action or what stands before its dot; `before` is an id."""

    action: str = ""
    actor: str = ""
    database_id: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


def record(
    action: str, *, actor: str, team: int | None, target: object = "", database: str = "", **detail: Any
) -> None:
    """Add an entry. Call it in the transaction of what it is about, so that neither exists without the other.

    Never pass contents, secrets or texts of callers other than names.
    """
    request_id, address = origin.get()
    AuditEntry.objects.create(
        action=action,
        actor=actor,
        team_id=team,
        target=str(target)[:_MAX_TARGET],
        database_id=database,
        detail=detail,
        address=address(),
        request_id=request_id,
    )


def count_since(action: str, start: datetime, *, target: str) -> tuple[int, int]:
    """Return how many entries of an action there are since a time: those of a target, and all."""
    counts = AuditEntry.objects.filter(at__gte=start, action=action).aggregate(
        own=Count("pk", filter=Q(target=target)), total=Count("pk")
    )
    return counts["own"], counts["total"]


def list_entries(team: int, selection: EntryFilter, *, limit: int) -> tuple[list[AuditLine], int | None]:
    """Return the newest entries of a team, and the id to read on from, None at the end."""
    rows = [*_rows(team, selection)[: limit + 1]]
    more = len(rows) > limit
    return [_entry(row) for row in rows[:limit]], rows[limit - 1].pk if more else None


def export(team: int, selection: EntryFilter) -> Iterator[bytes]:
    """Yield all entries of a team as lines of JSON, the newest first."""
    for row in _rows(team, selection).iterator(chunk_size=_DELETED_AT_ONCE):
        yield dumps(asdict(_entry(row))) + b"\n"


def delete_old() -> int:
    """Delete the entries that are older than AUDIT_DAYS, and return their number; 0 days keep all."""
    if not settings.AUDIT_DAYS:
        return 0
    limit, total = timezone.now() - timedelta(days=settings.AUDIT_DAYS), 0
    while ids := [*AuditEntry.objects.filter(at__lt=limit).values_list("pk", flat=True)[:_DELETED_AT_ONCE]]:
        total += AuditEntry.objects.filter(pk__in=ids).delete()[0]
    return total


def _rows(team: int, selection: EntryFilter) -> QuerySet[AuditEntry]:
    rows = AuditEntry.objects.filter(team_id=team).order_by("-id")
    if selection.action:
        whole, beginning = Q(action=selection.action), Q(action__startswith=f"{selection.action}.")
        rows = rows.filter(whole if "." in selection.action else beginning)
    if selection.actor:
        rows = rows.filter(actor=selection.actor)
    if selection.database_id:
        rows = rows.filter(database_id=selection.database_id)
    if selection.since:
        rows = rows.filter(at__gte=selection.since)
    if selection.until:
        rows = rows.filter(at__lt=selection.until)
    return rows if selection.before is None else rows.filter(pk__lt=selection.before)


def _entry(row: AuditEntry) -> AuditLine:
    return AuditLine(
        id=row.pk,
        at=iso_timestamp(row.at),
        actor=row.actor,
        action=row.action,
        target=row.target,
        database_id=row.database_id,
        detail=row.detail,
        address=row.address,
        request_id=row.request_id,
    )
