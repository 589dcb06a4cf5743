"""Rate limits with and without Valkey, and the caller's address."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace

import pytest
import redis
from django.test import RequestFactory

from engine import LimitExceeded
from tests.support import until
from web import throttling


@pytest.fixture
def subject() -> str:
    return secrets.token_hex(8)


@pytest.fixture
def valkey(settings, monkeypatch) -> Iterator[redis.Redis]:
    """Return a client of Valkey, which may answer later than the limits wait for it, without being away."""
    monkeypatch.setattr(throttling, "SOCKET_SECONDS", 60)
    reset()
    yield redis.Redis.from_url(throttling.redis_py_url(settings.REDIS_URL))
    reset()


@pytest.fixture
def without_valkey(settings):
    """Make Valkey unreachable during a test."""
    reset()
    settings.REDIS_URL = "redis+socket:///nowhere/v.sock?virtual_host=0"
    yield
    reset()


def reset() -> None:
    throttling._script.cache_clear()
    throttling._fallback.cache_clear()


def wait_time(subject: str, *, limit: int = 2, window: int = 60) -> int | None:
    """Consume once; return None if allowed, else the seconds to wait."""
    try:
        throttling.consume("test", subject, limit=limit, window=window)
    except LimitExceeded as error:
        return error.retry_after
    return None


@pytest.mark.usefixtures("valkey")
def test_the_limit_is_the_last_that_passes(subject: str) -> None:
    assert [wait_time(subject) for _ in range(2)] == [None, None]
    assert 30 <= wait_time(subject) <= 60
    assert wait_time(subject + "x") is None


@pytest.mark.usefixtures("valkey")
def test_names_count_apart(subject: str) -> None:
    assert [wait_time(subject, limit=1), wait_time(subject, limit=1) is None] == [None, False]
    throttling.consume("another", subject, limit=1, window=60)


def test_a_window_ends(valkey: redis.Redis) -> None:
    name = f"ends-{secrets.token_hex(8)}"
    throttling.consume(name, "x", limit=1, window=60)
    with pytest.raises(LimitExceeded):
        throttling.consume(name, "x", limit=1, window=60)
    (key,) = valkey.keys(f"limit:{name}:*")
    valkey.pexpire(key, 1)
    until(lambda: not valkey.exists(key))
    throttling.consume(name, "x", limit=1, window=60)


@pytest.mark.usefixtures("valkey")
def test_of_many_at_once_exactly_the_limit_passes(subject: str) -> None:
    start = Barrier(16)

    def attempt(_: int) -> int | None:
        start.wait()
        return wait_time(subject, limit=5)

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(attempt, range(16))).count(None) == 5


def test_the_counter_is_shared_hashed_and_ends_by_itself(valkey: redis.Redis) -> None:
    subject = f"{secrets.token_hex(4)}@example.com"
    before = set(valkey.keys("limit:shown:*"))
    throttling.consume("shown", subject, limit=1, window=30)
    (key,) = set(valkey.keys("limit:shown:*")) - before
    assert subject.encode() not in key
    assert 0 < valkey.pttl(key) <= 30_000
    assert int(valkey.get(key)) == 1


def test_a_counter_that_lost_its_end_gets_one(valkey: redis.Redis) -> None:
    name = f"endless-{secrets.token_hex(8)}"
    throttling.consume(name, "x", limit=9, window=60)
    (key,) = valkey.keys(f"limit:{name}:*")
    valkey.persist(key)
    throttling.consume(name, "x", limit=9, window=60)
    assert valkey.pttl(key) > 0


def test_without_valkey_each_process_counts(without_valkey, subject: str) -> None:
    assert [wait_time(subject) for _ in range(2)] == [None, None]
    assert 30 <= wait_time(subject) <= 60
    assert wait_time(subject + "x") is None


def test_without_valkey_a_window_ends_too(without_valkey, monkeypatch, subject: str) -> None:
    now = [1000.0]
    monkeypatch.setattr(throttling, "time", SimpleNamespace(monotonic=lambda: now[0]))
    assert wait_time(subject, limit=1, window=1) is None
    assert wait_time(subject, limit=1, window=1) == 1
    now[0] += 1.1
    assert wait_time(subject, limit=1, window=1) is None


def test_an_unreachable_valkey_is_not_tried_for_every_use(
    without_valkey, caplog, monkeypatch, subject: str
) -> None:
    monkeypatch.setattr(throttling, "AWAY_SECONDS", 3600)
    for _ in range(200):
        wait_time(subject, limit=1000)
    assert len([line for line in caplog.messages if "Valkey" in line]) == 1
    assert subject not in caplog.text


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis+socket:///run/v.sock?virtual_host=0", "unix:///run/v.sock?db=0"),
        ("redis+socket:///run/v.sock?virtual_host=3", "unix:///run/v.sock?db=3"),
        ("redis+socket:///run/v.sock?virtual_host=/3", "unix:///run/v.sock?db=3"),
        ("redis+socket:///run/v.sock", "unix:///run/v.sock?db=0"),
        ("redis://valkey:6379/1", "redis://valkey:6379/1"),
        ("rediss://:secret@valkey:6379/1", "rediss://:secret@valkey:6379/1"),
        ("unix:///run/v.sock?db=2", "unix:///run/v.sock?db=2"),
    ],
)
def test_addresses_of_valkey(url: str, expected: str) -> None:
    assert throttling.redis_py_url(url) == expected


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "expected"),
    [
        (0, "192.0.2.1", None, "192.0.2.1"),
        (0, "192.0.2.1", "198.51.100.1", "192.0.2.1"),
        (1, "192.0.2.1", "198.51.100.1", "198.51.100.1"),
        (1, "192.0.2.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        (2, "192.0.2.1", "203.0.113.9, 198.51.100.1, 192.0.2.2", "198.51.100.1"),
        (2, "192.0.2.1", "198.51.100.1", "192.0.2.1"),
        (1, "192.0.2.1", None, "192.0.2.1"),
        (1, "192.0.2.1", "unknown", "192.0.2.1"),
        (1, "192.0.2.1", "", "192.0.2.1"),
        (0, "", None, "unknown"),
        (0, "2001:db8:1:2:3:4:5:6", None, "2001:db8:1:2::/64"),
        (0, "::ffff:192.0.2.1", None, "192.0.2.1"),
    ],
)
def test_address_of_the_caller(settings, proxies: int, peer: str, forwarded: str | None, expected: str) -> None:
    settings.TRUSTED_PROXIES = proxies
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer)
    assert throttling.client_address(request) == expected


def test_all_workers_of_the_service_share_a_limit(http) -> None:
    """The service under test allows ten sign-ins a minute for each account."""
    limit = int(os.environ.get("SIGN_IN_LIMIT_ACCOUNT", "10"))
    body = {"email": f"{secrets.token_hex(8)}@example.com", "password": "wrong"}
    statuses = [http.post("/core/login", json=body).status_code for _ in range(limit + 2)]
    assert statuses == [401] * limit + [429] * 2
