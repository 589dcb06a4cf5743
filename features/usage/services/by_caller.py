"""The requests of each team by day, caller and database."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum
from django.utils import timezone

from accounts.restrictions.limits import RequestLimit
from features.usage.models import CallerUsage

log = logging.getLogger("datacube.usage")
# (team, actor, database id or empty, day since 1970): requests, errors, refused.
Counts = Mapping[tuple[int, str, str, int], Sequence[int]]
_COLUMNS = ("requests", "errors", "refused")
_BATCH_SIZE = 500
_EPOCH = date(1970, 1, 1)
SECONDS_OF_DAY = 86_400


def add(rows: Counts) -> None:
    """Add counts, in one statement for up to 500 rows, always in the same order, so that none deadlocks."""
    items: list[tuple[Any, ...]] = [
        (team, actor, database, day_of(day), *counts) for (team, actor, database, day), counts in rows.items()
    ]
    items.sort()
    with transaction.atomic(), connection.cursor() as cursor:
        for first in range(0, len(items), _BATCH_SIZE):
            batch = items[first : first + _BATCH_SIZE]
            cursor.execute(_upsert(len(batch)), [value for item in batch for value in item])


def count_since(limit: RequestLimit, start: datetime) -> int:
    """Return the recorded requests of a limit's subject since the start of its window; 0 while SQL is away."""
    number = int(limit.subject[1:])
    rows = CallerUsage.objects.filter(day__gte=start.date())
    rows = rows.filter(team=number) if limit.subject.startswith("t") else rows.filter(actor=limit.subject)
    try:
        totals = rows.aggregate(requests=Sum("requests"), refused=Sum("refused"))
    except DatabaseError:
        log.warning("earlier requests of a window are not counted: SQL does not answer")
        return 0
    return (totals["requests"] or 0) - (totals["refused"] or 0)


def sums(team_id: int, by: str, *, days: int, databases: Sequence[str] | None) -> list[dict[str, Any]]:
    """Return `{<by>, requests, errors, refused}` of the last days by `day`, `actor` or `database_id`.

    `databases` None counts all of them, and requests that name none.
    """
    rows = CallerUsage.objects.filter(team=team_id, day__gt=timezone.now().date() - timedelta(days=days))
    if databases is not None:
        rows = rows.filter(database_id__in=databases)
    totals = {name: Sum(name) for name in _COLUMNS}
    return list(rows.values(by).annotate(**totals).order_by(by))


def delete_old() -> None:
    """Delete days after INSIGHTS_DAYS, and at least the days of the present month stay."""
    oldest = timezone.now().astimezone(UTC).date() - timedelta(days=max(31, settings.INSIGHTS_DAYS))
    CallerUsage.objects.filter(day__lt=oldest).delete()


def day_of(number: int) -> date:
    """Return the date of a day since 1970."""
    return _EPOCH + timedelta(days=number)


def _upsert(count: int) -> str:
    table = CallerUsage._meta.db_table
    names = ("team", "actor", "database_id", "day", *_COLUMNS)
    values = ", ".join(["(" + ", ".join(["%s"] * len(names)) + ")"] * count)
    added = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in _COLUMNS)
    return (
        f"INSERT INTO {table} ({', '.join(names)}) VALUES {values} "
        f"ON CONFLICT (team, actor, database_id, day) DO UPDATE SET {added}"
    )
