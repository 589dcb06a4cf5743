"""Processes that are started ahead of the calls that need one. Each of them runs one call, and is then ended.

They read the end of their input, and end, when the process that started them ends, however it does.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

import engine

log = logging.getLogger("datacube.warm")
_CHECK_SECONDS = 5.0
# A pool that nobody uses for so long is emptied, until its next use.
_IDLE_SECONDS = 600.0


class Startable(Protocol):
    """A process that waits for its call."""

    @property
    def id(self) -> int:
        """Its process id."""

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""

    def close(self) -> None:
        """End it."""


P = TypeVar("P", bound=Startable)


class WarmPool(Generic[P]):
    """Keeps processes of one kind. `size`, which is read at each use, is their number; with 0 it keeps none."""

    def __init__(self, name: str, size: Callable[[], int]) -> None:
        """Name the pool, and its thread. Nothing is started before the first use."""
        self._name, self._size = name, size
        self._changed = threading.Condition()
        self._kept: list[P] = []
        self._key: object = None
        self._start: Callable[[], P] | None = None
        self._used_at = time.monotonic()
        self._is_closed = False
        self._thread: threading.Thread | None = None
        _pools.append(self)

    @property
    def ids(self) -> list[int]:
        """The ids of the processes that are kept."""
        with self._changed:
            return [process.id for process in self._kept]

    def take(self, key: object, start: Callable[[], P]) -> P:
        """Return a process that has run no call, which the caller closes: one that is kept, or a new one.

        Those that were started with another `key`, such as other limits, are ended. Raises as `start` does.
        """
        with self._changed:
            stale = self._begin(key, start)
            taken = next((process for process in self._kept if process.is_running), None)
            if taken is not None:
                self._kept.remove(taken)
            self._changed.notify()
        _close(stale)
        return taken if taken is not None else start()

    def close(self) -> None:
        """End the processes that are kept, and keep none any more. Those that were taken are not touched."""
        with self._changed:
            self._is_closed = True
            stale, self._kept = self._kept, []
        _close(stale)

    def _begin(self, key: object, start: Callable[[], P]) -> list[P]:
        """Note a use. Returns what is not to be kept any more."""
        self._used_at = time.monotonic()
        stale: list[P] = []
        if key != self._key or self._size() == 0:
            stale, self._kept = self._kept, []
        self._key, self._start = key, start
        if self._thread is None and self._missing():
            self._thread = threading.Thread(target=self._maintain, name=f"warm-{self._name}", daemon=True)
            self._thread.start()
        return stale

    def _missing(self) -> int:
        if self._is_closed or time.monotonic() - self._used_at > _IDLE_SECONDS:
            return 0
        return self._size() - len(self._kept)

    def _maintain(self) -> None:
        """Start what is missing, and end what is left over, for as long as this process lives."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._missing() > 0, timeout=_CHECK_SECONDS)
                stale = self._removed()
                key, start = self._key, self._start
                is_missing = self._missing() > 0
            _close(stale)
            if is_missing and start is not None:
                self._add(key, start)

    def _removed(self) -> list[P]:
        """Take out processes that have ended, and those that are too many."""
        is_unused = time.monotonic() - self._used_at > _IDLE_SECONDS
        most = 0 if is_unused else max(0, self._size())
        living = [process for process in self._kept if process.is_running]
        stale = [process for process in self._kept if process not in living[:most]]
        self._kept = living[:most]
        return stale

    def _add(self, key: object, start: Callable[[], P]) -> None:
        try:
            process = start()
        except (OSError, engine.Unavailable) as error:
            log.warning("no process can be started for %s: %s", self._name, error)
            time.sleep(_CHECK_SECONDS)
            return
        with self._changed:
            is_kept = key == self._key and self._missing() > 0
            if is_kept:
                self._kept.append(process)
        if not is_kept:
            process.close()


_pools: list[WarmPool[Any]] = []


def kept_ids() -> list[int]:
    """Return the ids of the processes that all pools of this process keep."""
    return [process for pool in _pools for process in pool.ids]


def close_pools() -> None:
    """End what all pools of this process keep, for good: each call then starts its process."""
    for pool in _pools:
        pool.close()


def _close(processes: list[P]) -> None:
    for process in processes:
        process.close()
