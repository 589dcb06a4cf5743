"""What was counted: adding to it, and reading it as series over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, Q, QuerySet, Sum
from django.utils import timezone

import catalog.services
import engine
from features.usage import live
from features.usage.buckets import BOUNDS, BUCKETS
from features.usage.models import HOUR, MINUTE, Usage

_COLUMNS = ("requests", "errors", "writes", *BUCKETS)
_ROWS_A_STATEMENT = 500


@dataclass(frozen=True)
class Point:
    """One span: `p95` in milliseconds is the upper end of its bucket, None where there was no request."""

    start: datetime
    requests: int
    errors: int
    p95: float | None
    bytes: int | None


def add(rows: Mapping[tuple[str, int], Sequence[int]]) -> None:
    """Adds counts by (database, minute) to their minutes and hours, in one statement for some hundred rows."""
    sums: dict[tuple[str, int, int], list[int]] = {}
    for (database_id, minute), counts in rows.items():
        seconds = minute * MINUTE
        for span in (MINUTE, HOUR):
            name = (database_id, span, seconds - seconds % span)
            there = sums.setdefault(name, [0] * len(_COLUMNS))
            sums[name] = [one + other for one, other in zip(there, counts, strict=True)]
    # In one order everywhere, so that two processes never wait for each other.
    items = [(*name, *counts) for name, counts in sorted(sums.items())]
    with transaction.atomic(), connection.cursor() as cursor:
        for first in range(0, len(items), _ROWS_A_STATEMENT):
            part = items[first : first + _ROWS_A_STATEMENT]
            cursor.execute(_upsert(len(part)), [value for item in part for value in item])


def _upsert(count: int) -> str:
    table = Usage._meta.db_table
    columns = ("database_id", "span", "start", *_COLUMNS)
    values = ", ".join(["(" + ", ".join(["%s"] * len(columns)) + ")"] * count)
    sums = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in _COLUMNS)
    names = ", ".join(columns)
    return (
        f"INSERT INTO {table} ({names}) VALUES {values} ON CONFLICT (database_id, span, start) DO UPDATE SET {sums}"
    )


def series(database: engine.Database, *, span: int, count: int, until: datetime | None = None) -> list[Point]:
    """The last `count` spans of a database, whole and in order, quiet ones too; needs to read it."""
    database.require(engine.Action.READ)
    starts = _starts(span, count, until)
    rows = Usage.objects.filter(database_id=database.id, span=span, start__gte=starts[0], start__lte=starts[-1])
    found = {row.start: row for row in rows}
    sizes = found if span == HOUR else {row.start: row for row in _hours(database.id, starts)}
    return [_point(start, found.get(start), sizes.get(start - start % HOUR)) for start in starts]


def _hours(database_id: str, starts: Sequence[int]) -> QuerySet[Usage]:
    """Storage is measured for hours alone."""
    first = starts[0] - starts[0] % HOUR
    return Usage.objects.filter(database_id=database_id, span=HOUR, start__gte=first, start__lte=starts[-1])


def requests_by_hour(database_ids: Sequence[str], *, hours: int = 24) -> dict[str, list[int]]:
    """For each of the databases, which the caller may see, its requests in the last hours."""
    starts = _starts(HOUR, hours, None)
    found = {database_id: dict.fromkeys(starts, 0) for database_id in database_ids}
    rows = Usage.objects.filter(database_id__in=list(found), span=HOUR, start__gte=starts[0])
    for row in rows.only("database_id", "start", "requests"):
        if row.start in found[row.database_id]:
            found[row.database_id][row.start] = row.requests
    return {database_id: list(counts.values()) for database_id, counts in found.items()}


def requests_this_month(database_ids: Sequence[str]) -> tuple[int, datetime]:
    """Count the requests to these databases since the first of the month (UTC); return the count and that time."""
    now = timezone.now().astimezone(UTC)
    start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    rows = Usage.objects.filter(database_id__in=list(database_ids), span=HOUR, start__gte=int(start.timestamp()))
    return rows.aggregate(total=Sum("requests"))["total"] or 0, start


def last_writes(database_ids: Sequence[str]) -> dict[str, datetime]:
    """To the minute, or to the hour where that is long ago; databases that nobody wrote to are left out."""
    rows = Usage.objects.filter(database_id__in=list(database_ids), writes__gt=0)
    by_minute = Max("start", filter=Q(span=MINUTE))
    found = rows.values_list("database_id").annotate(minute=by_minute, hour=Max("start"))
    return {database_id: datetime.fromtimestamp(minute or hour, UTC) for database_id, minute, hour in found}


def latest_requests(database: engine.Database) -> list[live.Request]:
    """The last requests of programs, the newest first; needs to read the database."""
    database.require(engine.Action.READ)
    return live.latest(database.id)


def measure_storage() -> int:
    """Notes the size of every database; answers how many there are."""
    now = int(timezone.now().timestamp())
    sizes = catalog.services.measure_databases()
    for database_id, size in sizes.items():
        Usage.objects.update_or_create(
            database_id=database_id, span=HOUR, start=now - now % HOUR, defaults={"bytes": size}
        )
    return len(sizes)


def forget_old() -> None:
    """Keeps minutes for two days and hours for INSIGHTS_DAYS."""
    now = int(timezone.now().timestamp())
    Usage.objects.filter(span=MINUTE, start__lt=now - 2 * 24 * HOUR).delete()
    Usage.objects.filter(span=HOUR, start__lt=now - settings.INSIGHTS_DAYS * 24 * HOUR).delete()


def _starts(span: int, count: int, until: datetime | None) -> list[int]:
    last = int((until or timezone.now()).timestamp())
    last -= last % span
    return [last - back * span for back in reversed(range(count))]


def _point(start: int, row: Usage | None, measured: Usage | None) -> Point:
    moment, size = datetime.fromtimestamp(start, UTC), measured.bytes if measured else None
    if row is None:
        return Point(moment, 0, 0, None, size)
    return Point(moment, row.requests, row.errors, _p95([getattr(row, name) for name in BUCKETS]), size)


def _p95(counts: Sequence[int]) -> float | None:
    wanted, seen = 0.95 * sum(counts), 0
    for number, count in enumerate(counts):
        seen += count
        if count and seen >= wanted:
            return float(BOUNDS[min(number, len(BOUNDS) - 1)])
    return None
