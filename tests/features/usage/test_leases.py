"""Limits that processes share: exact below 200, reserved in parts above, and counted alone without Valkey."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import redis

from accounts.restrictions.limits import RequestLimit, Window
from features.usage import leases
from features.usage.leases import Leases
from web import throttling

pytestmark = pytest.mark.slow

NOON = datetime(2040, 5, 17, 12, 0, 0, tzinfo=UTC).timestamp()


def limit_of(count: int, window: Window = Window.MINUTE) -> RequestLimit:
    return RequestLimit("key-minute", f"k{secrets.randbits(48)}", count, window)


def leases_at(now: Callable[[], float], *, first: int = 0) -> Leases:
    return Leases(lambda limit, start: first, clock=now)


def process(*, first: int = 0) -> Leases:
    return leases_at(lambda: NOON, first=first)


def allowed(one: Leases, limit: RequestLimit, times: int) -> int:
    return sum(one.take(limit)[0] for _ in range(times))


@pytest.fixture(autouse=True)
def own_client(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Use a client that waits for a busy Valkey, and that has not found it away in another test."""
    monkeypatch.setattr(throttling, "SOCKET_SECONDS", 60)
    throttling._script.cache_clear()
    throttling._fallback.cache_clear()
    yield
    throttling._script.cache_clear()
    throttling._fallback.cache_clear()


@pytest.fixture
def without_valkey(settings) -> None:
    settings.REDIS_URL = "redis+socket:///nowhere/v.sock?virtual_host=0"


def test_processes_share_a_small_limit_exactly() -> None:
    limit, one, other = limit_of(10), process(), process()
    assert (allowed(one, limit, 6), allowed(other, limit, 6), allowed(one, limit, 1)) == (6, 4, 0)
    is_allowed, standing = other.take(limit)
    assert (is_allowed, standing.used, standing.remaining) == (False, 10, 0)
    assert standing.ends_at == datetime(2040, 5, 17, 12, 1, tzinfo=UTC)


def test_a_large_limit_is_never_exceeded_and_seldom_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    run = throttling.run_script
    monkeypatch.setattr(throttling, "run_script", lambda *a, **named: calls.append(1) or run(*a, **named))
    limit, one, other = limit_of(10_000), process(), process()
    assert allowed(one, limit, 5_000) == 5_000
    assert len(calls) == 50
    assert allowed(other, limit, 6_000) + allowed(one, limit, 6_000) == 5_000
    assert one.take(limit)[1].used == 10_000


def test_concurrent_requests_take_no_more_than_the_limit() -> None:
    limit, both = limit_of(50), [process(), process()]
    with ThreadPoolExecutor(8) as threads:
        results = [*threads.map(lambda number: both[number % 2].take(limit)[0], range(120))]
    assert results.count(True) == 50


def test_a_window_ends() -> None:
    now, limit = [NOON], limit_of(1)
    one = leases_at(lambda: now[0])
    assert allowed(one, limit, 2) == 1
    now[0] += 60
    assert allowed(one, limit, 2) == 1


def test_the_use_of_a_day_begins_with_what_sql_knows() -> None:
    limit = limit_of(10, Window.DAY)
    assert allowed(process(first=7), limit, 9) == 3
    assert process(first=99).standing(limit).used == 10


def test_a_request_that_another_limit_refuses_is_given_back() -> None:
    limit, one = limit_of(1), process()
    assert one.take(limit)[0]
    one.give_back(limit)
    assert one.standing(limit).used == 0
    assert allowed(one, limit, 2) == 1


def test_a_refusal_is_repeated_without_asking_again(monkeypatch: pytest.MonkeyPatch) -> None:
    limit, now = limit_of(1), [NOON]
    one, other = leases_at(lambda: now[0]), process()
    assert (allowed(other, limit, 1), allowed(one, limit, 1)) == (1, 0)
    monkeypatch.setattr(throttling, "run_script", lambda *a, **named: pytest.fail("asked again"))
    assert allowed(one, limit, 5) == 0
    monkeypatch.undo()
    now[0] += leases.RETRY_SECONDS
    assert allowed(one, RequestLimit(limit.name, limit.subject, 2, limit.window), 5) == 1, "the limit was raised"


def test_without_valkey_each_process_counts(without_valkey: None) -> None:
    limit, one, other = limit_of(3), process(), process()
    assert (allowed(one, limit, 5), allowed(other, limit, 5)) == (3, 3)
    assert one.standing(limit).used == 3


def test_counters_expire(settings) -> None:
    limit = limit_of(5)
    allowed(process(), limit, 1)
    valkey = redis.Redis.from_url(throttling.redis_py_url(settings.REDIS_URL))
    (key,) = valkey.keys(f"requests:*:{limit.subject}:*")
    assert 0 < valkey.pttl(key) <= (60 + 3600) * 1000


def test_limits_of_one_name_are_counted_by_subject_and_limits_of_a_subject_by_name() -> None:
    one, first = process(), limit_of(2)
    second = RequestLimit("key-day", first.subject, 1, Window.DAY)
    third = limit_of(1)
    assert (allowed(one, first, 5), allowed(one, second, 5), allowed(one, third, 5)) == (2, 1, 1)


def test_a_lowered_limit_counts_at_once_for_new_reservations() -> None:
    high = limit_of(10)
    low = RequestLimit(high.name, high.subject, 3, high.window)
    assert allowed(process(), high, 5) == 5
    is_allowed, standing = process().take(low)
    assert (is_allowed, standing.used, standing.remaining) == (False, 3, 0)


def test_a_standing_counts_nothing() -> None:
    limit, one = limit_of(1), process()
    assert [one.standing(limit).used for _ in range(3)] == [0, 0, 0]
    assert allowed(one, limit, 2) == 1
    assert (one.standing(limit).used, one.standing(limit).remaining) == (1, 0)
