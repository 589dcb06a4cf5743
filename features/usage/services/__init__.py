"""Adds usage counts, and reads them as time series."""

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
from features.usage.services import by_caller

_COLUMNS = ("requests", "errors", "writes", *BUCKETS)
_BATCH_SIZE = 500


@dataclass(frozen=True)
class Point:
    """One span: `p95` in milliseconds is the upper bound of its bucket, None without requests."""

    start: datetime
    requests: int
    errors: int
    p95: float | None
    bytes: int | None


def add(rows: Mapping[tuple[str, int], Sequence[int]]) -> None:
    """Add counts by (database, minute) to their minutes and hours, in one statement for up to 500 rows."""
    sums: dict[tuple[str, int, int], list[int]] = {}
    for (database_id, minute), counts in rows.items():
        seconds = minute * MINUTE
        for span in (MINUTE, HOUR):
            key = (database_id, span, seconds - seconds % span)
            previous = sums.setdefault(key, [0] * len(_COLUMNS))
            sums[key] = [one + other for one, other in zip(previous, counts, strict=True)]
    # Always in the same order, so that two processes do not deadlock.
    items: list[tuple[str | int, ...]] = [(*key, *counts) for key, counts in sorted(sums.items())]
    with transaction.atomic(), connection.cursor() as cursor:
        for first in range(0, len(items), _BATCH_SIZE):
            batch = items[first : first + _BATCH_SIZE]
            cursor.execute(_upsert(len(batch)), [value for item in batch for value in item])


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
    """Return the last `count` spans of a database in order, with spans that have no requests. Requires READ."""
    database.require(engine.Action.READ)
    starts = _starts(span, count, until)
    rows = Usage.objects.filter(database_id=database.id, span=span, start__gte=starts[0], start__lte=starts[-1])
    by_start = {row.start: row for row in rows}
    sizes_by_start = by_start if span == HOUR else {row.start: row for row in _hours(database.id, starts)}
    return [_point(start, by_start.get(start), sizes_by_start.get(start - start % HOUR)) for start in starts]


def _hours(database_id: str, starts: Sequence[int]) -> QuerySet[Usage]:
    """Return the rows of the hours: storage is measured by the hour only."""
    first = starts[0] - starts[0] % HOUR
    return Usage.objects.filter(database_id=database_id, span=HOUR, start__gte=first, start__lte=starts[-1])


def requests_by_hour(database_ids: Sequence[str], *, hours: int = 24) -> dict[str, list[int]]:
    """Return {database: requests in each of the last hours}. The caller must be allowed to see the databases."""
    starts = _starts(HOUR, hours, None)
    by_database = {database_id: dict.fromkeys(starts, 0) for database_id in database_ids}
    rows = Usage.objects.filter(database_id__in=list(by_database), span=HOUR, start__gte=starts[0])
    for row in rows.only("database_id", "start", "requests"):
        if row.start in by_database[row.database_id]:
            by_database[row.database_id][row.start] = row.requests
    return {database_id: list(counts.values()) for database_id, counts in by_database.items()}


def requests_this_month(database_ids: Sequence[str]) -> tuple[int, datetime]:
    """Return the number of requests to these databases since the first of the month (UTC), and that time."""
    now = timezone.now().astimezone(UTC)
    start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    rows = Usage.objects.filter(database_id__in=list(database_ids), span=HOUR, start__gte=int(start.timestamp()))
    return rows.aggregate(total=Sum("requests"))["total"] or 0, start


def last_writes(database_ids: Sequence[str]) -> dict[str, datetime]:
    """Return {database: time of its last write}, to the minute, or to the hour where that is long ago.

    Databases without writes are left out.
    """
    rows = Usage.objects.filter(database_id__in=list(database_ids), writes__gt=0)
    by_minute = Max("start", filter=Q(span=MINUTE))
    latest = rows.values_list("database_id").annotate(minute=by_minute, hour=Max("start"))
    return {database_id: datetime.fromtimestamp(minute or hour, UTC) for database_id, minute, hour in latest}


def latest_requests(database: engine.Database) -> list[live.Request]:
    """Return the latest requests of programs, newest first. Requires READ."""
    database.require(engine.Action.READ)
    return live.latest(database.id)


def measure_storage() -> int:
    """Record the size of every database and return their number."""
    now = int(timezone.now().timestamp())
    sizes = catalog.services.queries.measure_databases()
    for database_id, size in sizes.items():
        Usage.objects.update_or_create(
            database_id=database_id, span=HOUR, start=now - now % HOUR, defaults={"bytes": size}
        )
    return len(sizes)


def delete_old() -> None:
    """Delete minutes after two days and hours after INSIGHTS_DAYS."""
    now = int(timezone.now().timestamp())
    Usage.objects.filter(span=MINUTE, start__lt=now - 2 * 24 * HOUR).delete()
    Usage.objects.filter(span=HOUR, start__lt=now - settings.INSIGHTS_DAYS * 24 * HOUR).delete()
    by_caller.delete_old()


def forget_database(database_id: str) -> None:
    """Delete the counts of a database."""
    Usage.objects.filter(database_id=database_id).delete()


def _starts(span: int, count: int, until: datetime | None) -> list[int]:
    last = int((until or timezone.now()).timestamp())
    last -= last % span
    return [last - back * span for back in reversed(range(count))]


def _point(start: int, row: Usage | None, measured: Usage | None) -> Point:
    at, size = datetime.fromtimestamp(start, UTC), measured.bytes if measured else None
    if row is None:
        return Point(at, 0, 0, None, size)
    return Point(at, row.requests, row.errors, _p95([getattr(row, name) for name in BUCKETS]), size)


def _p95(counts: Sequence[int]) -> float | None:
    target, total = 0.95 * sum(counts), 0
    for number, count in enumerate(counts):
        total += count
        if count and total >= target:
            return float(BOUNDS[min(number, len(BOUNDS) - 1)])
    return None
