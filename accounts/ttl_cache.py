"""A bounded, thread-safe cache with an expiry time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

from engine.suspension import in_thread

V = TypeVar("V")
# One caller loads a value again after this share of its time, while the others use the cached one: after the whole
# time all callers would load it at once.
_REFRESH_SHARE = 0.75


@dataclass(frozen=True)
class _Entry(Generic[V]):
    value: V
    version: int
    refresh_at: float
    expires_at: float


def _no_version(name: str) -> int:
    return 0


class TtlCache(Generic[V]):
    """Cache of at most `size` values, each for `seconds` from the beginning of its `load`. None is not cached.

    A value is loaded again as soon as `version_of` returns another number for its name.
    """

    def __init__(
        self,
        *,
        seconds: float,
        size: int = 10_000,
        timer: Callable[[], float] = time.monotonic,
        version_of: Callable[[str], int] = _no_version,
    ) -> None:
        self._seconds = seconds
        self._timer = timer
        self._version_of = version_of
        self._size = size
        self._entries: dict[str, _Entry[V]] = {}  # the first one expires first
        self._loading: set[str] = set()  # those that are loaded again before they expire
        self._generation = 0  # a load that began before an invalidation stores nothing
        self._lock = Lock()

    def get(self, name: str, *, load: Callable[[], V | None]) -> V | None:
        """Return the cached value, or the result of `load`, which is called without the lock."""
        now, version = self._timer(), self._version_of(name)
        with self._lock:
            entry = self._entries.get(name)
            if entry is not None and entry.version == version and now < entry.expires_at:
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
                self._store(name, value, version=version, now=now)
        return value

    def _store(self, name: str, value: V, *, version: int, now: float) -> None:
        """Store a value last, and remove the first ones that have expired or are too many."""
        entries = self._entries
        entries.pop(name, None)
        while entries:
            first = next(iter(entries))
            if len(entries) < self._size and now < entries[first].expires_at:
                break
            del entries[first]
        entries[name] = _Entry(value, version, now + self._seconds * _REFRESH_SHARE, now + self._seconds)

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
