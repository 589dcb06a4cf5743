"""Values are cached for a limited time."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable

import pytest

from accounts.ttl_cache import TtlCache


class Clock:
    """A clock that a test sets, in seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Value:
    """A value to which references can be weak."""


def timed_cache() -> tuple[TtlCache[str], Clock]:
    """Return a cache for 2 seconds of a clock at 0."""
    clock = Clock()
    return TtlCache(seconds=2, timer=clock), clock


def counting(values: list[str | None]) -> Callable[[], str | None]:
    return lambda: values.pop(0)


def test_a_value_is_cached_until_it_expires() -> None:
    cache, clock = timed_cache()
    load = counting(["first", "second"])
    assert [cache.get("a", load=load), cache.get("a", load=load)] == ["first", "first"]
    clock.now = 1.4
    assert cache.get("a", load=load) == "first"
    clock.now = 2.1
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


def test_values_that_have_expired_are_not_kept() -> None:
    clock = Clock()
    cache: TtlCache[Value] = TtlCache(seconds=2, timer=clock)
    references = []
    for name in "abc":
        clock.now += 0.5
        value = cache.get(name, load=Value)
        references.append(weakref.ref(value))
    del value
    clock.now = 2.6  # the first has expired, the others have not
    cache.get("d", load=Value)
    gc.collect()
    assert [reference() is None for reference in references] == [True, False, False]


def test_a_value_of_another_version_is_loaded_again() -> None:
    versions = {"a": 1, "b": 1}
    cache: TtlCache[str] = TtlCache(seconds=60, version_of=lambda name: versions[name])
    load = counting(["first", "other", "second"])
    assert [cache.get(name, load=load) for name in ("a", "b", "a", "b")] == ["first", "other", "first", "other"]
    versions["a"] = 2
    assert [cache.get(name, load=load) for name in ("b", "a", "a")] == ["other", "second", "second"]


def test_what_is_loaded_while_it_changes_is_loaded_again() -> None:
    versions = [1]
    cache: TtlCache[str] = TtlCache(seconds=60, version_of=lambda name: versions[-1])

    def load() -> str:
        versions.append(len(versions) + 1)
        return f"before {versions[-1]}"

    assert cache.get("a", load=load) == "before 2"
    assert cache.get("a", load=lambda: "after") == "after"
    assert cache.get("a", load=load) == "after"


def test_nothing_is_cached_for_zero_seconds() -> None:
    cache: TtlCache[str] = TtlCache(seconds=0)
    load = counting(["first", "second"])
    assert [cache.get("a", load=load), cache.get("a", load=load)] == ["first", "second"]


def test_one_caller_refreshes_a_value_before_it_expires_while_the_others_use_it() -> None:
    cache, clock = timed_cache()
    cache.get("a", load=lambda: "first")
    clock.now = 1.6
    others: list[str | None] = []

    def load() -> str:
        others.extend(cache.get("a", load=lambda: "never") for _ in range(3))
        return "second"

    assert cache.get("a", load=load) == "second"
    assert others == ["first"] * 3
    assert cache.get("a", load=lambda: "never") == "second"


def test_a_refresh_that_fails_leaves_the_value_and_is_tried_again() -> None:
    cache, clock = timed_cache()
    cache.get("a", load=lambda: "first")
    clock.now = 1.6
    with pytest.raises(ConnectionError):
        cache.get("a", load=failing)
    assert cache.get("a", load=lambda: "second") == "second"


def failing() -> str:
    raise ConnectionError


def test_a_refresh_that_returns_none_removes_the_value() -> None:
    cache, clock = timed_cache()
    cache.get("a", load=lambda: "first")
    clock.now = 1.6
    assert cache.get("a", load=lambda: None) is None
    assert cache.get("a", load=lambda: "second") == "second"


@pytest.mark.parametrize("remove", [lambda cache: cache.invalidate("a"), lambda cache: cache.clear()])
def test_a_load_that_began_before_an_invalidation_stores_nothing(remove: Callable[[TtlCache[str]], None]) -> None:
    cache: TtlCache[str] = TtlCache(seconds=60)

    def load() -> str:
        remove(cache)
        return "before"

    assert cache.get("a", load=load) == "before"
    assert cache.get("a", load=lambda: "after") == "after"


def test_the_time_counts_from_the_beginning_of_the_load() -> None:
    cache, clock = timed_cache()

    def load() -> str:
        clock.now = 2.5
        return "slow"

    assert cache.get("a", load=load) == "slow"
    assert cache.get("a", load=lambda: "next") == "next"
