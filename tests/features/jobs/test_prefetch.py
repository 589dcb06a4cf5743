"""Prefetched items arrive complete and in order, with errors, and prefetching stops with the consumer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from features.jobs.prefetch import prefetch


def prefetching() -> set[threading.Thread]:
    """Return the threads that prefetch; an import that another test has broken off may have left one."""
    return {thread for thread in threading.enumerate() if thread.name == "prefetch"}


def test_items_arrive_in_order() -> None:
    assert [*prefetch(range(1000), count=2)] == [*range(1000)]


def test_an_error_comes_after_the_items_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    items_ahead = prefetch(items(), count=2)
    assert next(items_ahead) == 1
    with pytest.raises(ValueError, match="broken"):
        next(items_ahead)


def test_no_more_items_are_produced_than_may_wait() -> None:
    produced: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            produced.append(number)
            yield number

    before = prefetching()
    items_ahead = prefetch(items(), count=2)
    next(items_ahead)
    time.sleep(0.3)
    assert len(produced) <= 4
    items_ahead.close()
    assert prefetching() <= before
    assert len(produced) <= 4


def test_a_consumer_that_stops_early_leaves_no_thread() -> None:
    before = prefetching()
    with pytest.raises(KeyError):
        for _ in prefetch(iter(int, 1), count=1):
            raise KeyError
    assert prefetching() <= before
