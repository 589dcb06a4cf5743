"""Requests are counted by database, bounded, and for next to nothing."""

from __future__ import annotations

import sys
import time
from types import SimpleNamespace
from typing import Any

import pytest

import catalog.services
import engine
from accounts.principal import Principal
from features.usage import counting, live, services
from features.usage.counting import Flusher, UsageCounter, finished
from features.usage.models import HOUR, MINUTE, Usage

ID = "60c72b2f9b1d8b1a2d3e4567"


def done(*, at: float, status: int = 200, ms: float = 3.0) -> live.Request:
    return live.Request(at=at, method="GET", route="/api/crud", status=status, ms=ms, actor="u1")


def a_request(method: str = "GET", route: str = "api/^crud/?$") -> Any:
    return SimpleNamespace(method=method, resolver_match=SimpleNamespace(route=route))


def answered(status: int = 200) -> Any:
    return SimpleNamespace(status_code=status)


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch) -> UsageCounter:
    counter = UsageCounter()
    monkeypatch.setattr(counting, "counter", counter)
    return counter


def test_counts_by_database_and_minute() -> None:
    counter = UsageCounter()
    for ms, status in ((0.5, 200), (3.0, 404), (9_000.0, 500)):
        counter.add(ID, done(at=120.0, status=status, ms=ms), writes=False, by_program=True)
    counter.add(ID, done(at=180.0), writes=True, by_program=False)
    snapshot = counter.take()
    assert snapshot.rows[(ID, 2)] == [3, 2, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]
    assert snapshot.rows[(ID, 3)][:3] == [0, 0, 1]
    assert (len(snapshot.recent), counter.take().rows) == (3, {})


def test_databases_above_the_maximum_are_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "_MAX_ROWS", 2)
    counter = UsageCounter()
    for number in range(5):
        counter.add(str(number), done(at=0.0), writes=False, by_program=True)
    snapshot = counter.take()
    assert (len(snapshot.rows), snapshot.missed) == (2, 3)


@pytest.mark.parametrize(
    ("method", "route", "status", "counts"),
    [
        ("GET", "api/^crud/?$", 200, [1, 0, 0]),
        ("POST", "api/^crud/?$", 201, [1, 0, 1]),
        ("POST", "api/^crud/?$", 400, [1, 1, 0]),
        ("POST", "api/^aggregate/?$", 200, [1, 0, 0]),
        ("POST", "dashboard/db/<str:database_id>/drop", 302, [0, 0, 1]),
    ],
)
def test_what_a_request_counts_as(
    counter: UsageCounter, make_principal: Any, method: str, route: str, status: int, counts: list[int]
) -> None:
    database = open_new(make_principal())
    finished(a_request(method, route), answered(status), 3.0)
    ((name, row),) = counter.take().rows.items()
    assert (name[0], row[:3]) == (database.id, counts)


def test_what_opens_no_database_is_not_counted(counter: UsageCounter, make_principal: Any) -> None:
    finished(a_request(), answered(), 3.0)
    open_new(make_principal())
    finished(a_request(), answered(404), 3.0)
    finished(a_request(), answered(), 3.0)  # the next request of the thread opened nothing
    assert counter.take().rows == {}


def test_counting_costs_next_to_nothing(counter: UsageCounter) -> None:
    """Count calls of functions: unlike their time, their number is that of the code alone."""
    request, response = a_request(), answered()
    catalog.services.access._opened.set(ID)
    finished(request, response, 3.0)  # the first one of a database and minute costs more
    catalog.services.access._opened.set(ID)
    calls: list[str] = []
    sys.setprofile(lambda frame, event, _: calls.append(event))
    try:
        finished(request, response, 3.0)
    finally:
        sys.setprofile(None)
    assert len([event for event in calls if event.endswith("call")]) < 60


def open_new(principal: Principal) -> engine.Database:
    return catalog.services.creation.create_empty_database(principal, name="counted")


# --- what becomes of the counts -----------------------------------------------------------------------


def test_counts_become_series(make_principal: Any) -> None:
    database = open_new(make_principal())
    now = time.time()
    counter = UsageCounter()
    for _ in range(2):  # a second process, or a second interval: it adds up
        for ms in (3.0, 3.0, 700.0):
            counter.add(database.id, done(at=now, ms=ms, status=500), writes=True, by_program=True)
        Flusher(counter).flush()
    for span in (MINUTE, HOUR):
        points = services.series(database, span=span, count=3)
        assert len(points) == 3
        assert sum(point.requests for point in points) == sum(point.errors for point in points) == 6
        assert {point.p95 for point in points} == {None, 1_000.0}
    assert sum(services.requests_by_hour([database.id])[database.id]) == 6
    assert database.id in services.last_writes([database.id, ID])
    latest = services.latest_requests(database)
    assert [item.ms for item in latest] == [700.0, 3.0, 3.0] * 2 or len(latest) == 6


def test_storage_is_measured_and_old_rows_go(make_principal: Any) -> None:
    database = open_new(make_principal())
    services.measure_storage()
    assert services.series(database, span=HOUR, count=1)[0].bytes is not None
    Usage.objects.create(database_id=ID, span=MINUTE, start=time.time() - 3 * 24 * HOUR)
    Usage.objects.create(database_id=ID, span=HOUR, start=time.time() - 91 * 24 * HOUR)
    services.delete_old()
    assert not Usage.objects.filter(database_id=ID).exists()
