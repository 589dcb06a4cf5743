"""A bounded, thread-safe cache with an expiry time."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from cachetools import TTLCache

V = TypeVar("V")


class TtlCache(Generic[V]):
    """Cache of at most `size` values, each for `seconds`. None is not cached."""

    def __init__(self, *, seconds: float, size: int = 10_000) -> None:
        self._entries: TTLCache[str, V] = TTLCache(maxsize=size, ttl=seconds)
        self._lock = Lock()

    def get(self, name: str, *, load: Callable[[], V | None]) -> V | None:
        """Return the cached value, or the result of `load`, which is called without the lock."""
        with self._lock:
            value = self._entries.get(name)
        if value is not None:
            return value
        value = load()
        if value is not None:
            with self._lock:
                self._entries[name] = value
        return value

    def invalidate(self, name: str) -> None:
        with self._lock:
            self._entries.pop(name, None)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
