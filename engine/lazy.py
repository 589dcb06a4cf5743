"""Values that are computed at their first use, by one thread."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import TypeVar

T = TypeVar("T")


def made_once(make: Callable[[], T]) -> Callable[[], T]:
    """Cache what a function without arguments returns; threads that call it at the same time wait for the first.

    `functools.cache` lets each of them run it.
    """
    lock = Lock()
    values: list[T] = []

    @wraps(make)
    def value() -> T:
        if not values:
            with lock:
                if not values:
                    values.append(make())
        return values[0]

    return value
