"""What is remembered, and for how long."""

from __future__ import annotations

import time
from collections.abc import Callable

from accounts.ttl_cache import TtlCache


def counting(values: list[str | None]) -> Callable[[], str | None]:
    return lambda: values.pop(0)


def test_what_was_found_is_remembered_for_a_while() -> None:
    memory: TtlCache[str] = TtlCache(seconds=0.2)
    load = counting(["first", "second"])
    assert [memory.get("a", load=load), memory.get("a", load=load)] == ["first", "first"]
    time.sleep(0.25)
    assert memory.get("a", load=load) == "second"


def test_that_nothing_was_found_is_not_remembered() -> None:
    memory: TtlCache[str] = TtlCache(seconds=60)
    load = counting([None, "there now"])
    assert [memory.get("a", load=load), memory.get("a", load=load)] == [None, "there now"]


def test_it_forgets_on_demand_and_beyond_its_size() -> None:
    memory: TtlCache[str] = TtlCache(seconds=60, size=2)
    for name in "abc":
        memory.get(name, load=lambda: "old")
    memory.forget("c")
    memory.forget("never there")
    assert memory.get("a", load=lambda: "new") == "new"
    assert memory.get("c", load=lambda: "new") == "new"
    memory.clear()
    assert memory.get("c", load=lambda: "newest") == "newest"


def test_nothing_is_remembered_for_no_seconds() -> None:
    memory: TtlCache[str] = TtlCache(seconds=0)
    load = counting(["first", "second"])
    assert [memory.get("a", load=load), memory.get("a", load=load)] == ["first", "second"]
