"""Time series of usage: spans, percentiles, points, permissions, and the statement that adds counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

import engine
from engine import Action
from features.usage import services
from features.usage.models import HOUR, MINUTE, Usage
from features.usage.services import Point

NEW_YEAR = 1_767_225_600  # 2026-01-01T00:00:00Z
AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("span", "count", "until", "starts"),
    [
        (MINUTE, 1, AT, [NEW_YEAR]),
        (MINUTE, 3, AT + timedelta(seconds=59), [NEW_YEAR - 120, NEW_YEAR - 60, NEW_YEAR]),
        (MINUTE, 1, AT + timedelta(seconds=60), [NEW_YEAR + 60]),
        (HOUR, 2, AT + timedelta(minutes=59, seconds=59), [NEW_YEAR - HOUR, NEW_YEAR]),
        (HOUR, 2, AT - timedelta(microseconds=1), [NEW_YEAR - 2 * HOUR, NEW_YEAR - HOUR]),
        (HOUR, 1, datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))), [NEW_YEAR]),
        (HOUR, 0, AT, []),
    ],
)
def test_spans_begin_at_whole_minutes_or_hours(span: int, count: int, until: datetime, starts: list[int]) -> None:
    assert services._starts(span, count, until) == starts


@pytest.mark.parametrize(
    ("counts", "p95"),
    [
        ([0] * 11, None),
        ([1] + [0] * 10, 1.0),
        ([0, 1] + [0] * 9, 2.0),
        ([95, 5] + [0] * 9, 1.0),
        ([94, 6] + [0] * 9, 2.0),
        ([19] + [0] * 9 + [1], 1.0),
        ([18] + [0] * 9 + [2], 5_000.0),
        ([0] * 9 + [1, 0], 5_000.0),
        ([1] * 11, 5_000.0),
        ([0] * 7 + [10, 0, 0, 0], 250.0),
    ],
)
def test_the_percentile_is_the_upper_bound_of_its_bucket(counts: list[int], p95: float | None) -> None:
    assert services._p95(counts) == p95


def test_a_span_without_requests_has_a_point() -> None:
    measured = Usage(bytes=17)
    assert services._point(NEW_YEAR, None, None) == Point(AT, 0, 0, None, None)
    assert services._point(NEW_YEAR, None, measured) == Point(AT, 0, 0, None, 17)


def test_the_point_of_a_span_has_the_size_of_its_hour() -> None:
    row = Usage(requests=20, errors=2, writes=7, b2=20, bytes=1)
    assert services._point(NEW_YEAR, row, Usage(bytes=0)) == Point(AT, 20, 2, 5.0, 0)
    assert services._point(NEW_YEAR, row, None) == Point(AT, 20, 2, 5.0, None)


@pytest.mark.parametrize("count", [1, 3])
def test_the_statement_adds_to_what_is_stored(count: int) -> None:
    statement = services._upsert(count)
    assert statement.startswith("INSERT INTO usage_usage (database_id, span, start, requests, errors, writes, b0, ")
    assert statement.count("%s") == 17 * count
    assert "ON CONFLICT (database_id, span, start) DO UPDATE SET " in statement
    sums = statement.partition(" SET ")[2].split(", ")
    assert len(sums) == 14
    assert (sums[0], sums[-1]) == (
        "requests = usage_usage.requests + excluded.requests",
        "b10 = usage_usage.b10 + excluded.b10",
    )


@pytest.mark.parametrize(
    "call",
    [
        lambda database: services.series(database, span=MINUTE, count=1),
        services.latest_requests,
    ],
)
def test_usage_needs_read(call: Callable[[engine.Database], Any]) -> None:
    store: Any = None
    allowed = engine.ALL_ACTIONS - {Action.READ}
    database = engine.Database(store, "a" * 24, "shop", "shop_V2", "u1", allowed, {})
    with pytest.raises(engine.Forbidden):
        call(database)
