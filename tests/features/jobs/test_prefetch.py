"""What is made ahead arrives whole and in order, with its trouble, and stops when nobody wants it any more."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from features.jobs.prefetch import prefetch


def test_items_arrive_in_order() -> None:
    assert [*prefetch(range(1000), count=2)] == [*range(1000)]


def test_trouble_comes_after_what_was_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    found = prefetch(items(), count=2)
    assert next(found) == 1
    with pytest.raises(ValueError, match="broken"):
        next(found)


def test_no_more_is_made_than_may_wait() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            yield number

    found = prefetch(items(), count=2)
    next(found)
    time.sleep(0.3)
    assert len(made) <= 4
    found.close()
    assert not any(thread.name == "ahead" for thread in threading.enumerate())
    assert len(made) <= 4


def test_who_stops_in_the_midst_leaves_no_thread() -> None:
    with pytest.raises(KeyError):
        for _ in prefetch(iter(int, 1), count=1):
            raise KeyError
    assert not any(thread.name == "ahead" for thread in threading.enumerate())
