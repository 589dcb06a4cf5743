"""A bounded, thread-safe cache with an expiry time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any, Generic, TypeVar

from cachetools import TLRUCache

from engine.suspension import in_thread

V = TypeVar("V")
# One caller loads a value again after this share of its time, while the others use the cached one: after the whole
# time all callers would load it at once.
_REFRESH_SHARE = 0.75


@dataclass(frozen=True)
class _Entry(Generic[V]):
    value: V
    refresh_at: float
    expires_at: float


class TtlCache(Generic[V]):
    """Cache of at most `size` values, each for `seconds` from the beginning of its `load`. None is not cached."""

    def __init__(self, *, seconds: float, size: int = 10_000, timer: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._timer = timer
        self._entries: TLRUCache[str, _Entry[V]] = TLRUCache(size, ttu=_expiry, timer=timer)
        self._loading: set[str] = set()  # those that are loaded again before they expire
        self._generation = 0  # a load that began before an invalidation stores nothing
        self._lock = Lock()

    def get(self, name: str, *, load: Callable[[], V | None]) -> V | None:
        """Return the cached value, or the result of `load`, which is called without the lock."""
        now = self._timer()
        with self._lock:
            entry = self._entries.get(name)
            if entry is not None:
                if now < entry.refresh_at or name in self._loading:
                    return entry.value
                self._loading.add(name)
            generation = self._generation
        try:
            value = in_thread(load)
        finally:
            with self._lock:
                self._loading.discard(name)
        with self._lock:
            if value is None:
                self._entries.pop(name, None)
            elif generation == self._generation:
                self._entries[name] = _Entry(value, now + self._seconds * _REFRESH_SHARE, now + self._seconds)
        return value

    def invalidate(self, name: str) -> None:
        """Remove a value."""
        with self._lock:
            self._generation += 1
            self._entries.pop(name, None)

    def clear(self) -> None:
        """Remove all values."""
        with self._lock:
            self._generation += 1
            self._entries.clear()


def _expiry(name: str, entry: _Entry[Any], now: float) -> float:
    return entry.expires_at
