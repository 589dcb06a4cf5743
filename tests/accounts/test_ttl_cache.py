"""Values are cached for a limited time."""

from __future__ import annotations

import time
from collections.abc import Callable

from accounts.ttl_cache import TtlCache


def counting(values: list[str | None]) -> Callable[[], str | None]:
    return lambda: values.pop(0)


def test_a_value_is_cached_until_it_expires() -> None:
    cache: TtlCache[str] = TtlCache(seconds=0.2)
    load = counting(["first", "second"])
    assert [cache.get("a", load=load), cache.get("a", load=load)] == ["first", "first"]
    time.sleep(0.25)
    assert cache.get("a", load=load) == "second"


def test_none_is_not_cached() -> None:
    cache: TtlCache[str] = TtlCache(seconds=60)
    load = counting([None, "there now"])
    assert [cache.get("a", load=load), cache.get("a", load=load)] == [None, "there now"]


def test_values_are_removed_on_request_and_beyond_the_size() -> None:
    cache: TtlCache[str] = TtlCache(seconds=60, size=2)
    for name in "abc":
        cache.get(name, load=lambda: "old")
    cache.invalidate("c")
    cache.invalidate("never there")
    assert cache.get("a", load=lambda: "new") == "new"
    assert cache.get("c", load=lambda: "new") == "new"
    cache.clear()
    assert cache.get("c", load=lambda: "newest") == "newest"


def test_nothing_is_cached_for_zero_seconds() -> None:
    cache: TtlCache[str] = TtlCache(seconds=0)
    load = counting(["first", "second"])
    assert [cache.get("a", load=load), cache.get("a", load=load)] == ["first", "second"]
