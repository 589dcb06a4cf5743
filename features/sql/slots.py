"""Shares the processes of statements between tenants: each tenant has one at a time."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

import engine
from engine.lazy import made_once

_RETRY_SECONDS = 2
_BUSY = "Another statement of your team is running. Send this one again when it has ended."
_FULL = "Too many statements are running (SQL_MAX_PROCESSES)."


class Slots:
    """At most `total` processes at once in this process of the service, and `each` of one tenant."""

    def __init__(self, *, total: int, max_wait: float, each: int = 1, busy: str = _BUSY, full: str = _FULL) -> None:
        """Bound the seconds that a tenant waits for its turn. `busy` and `full` are the texts of errors."""
        self._total, self._each = total, each
        self._max_wait = max_wait
        self._busy, self._full = busy, full
        self._running: Counter[str] = Counter()
        self._changed = threading.Condition()

    @contextmanager
    def of(self, tenant: str, *, max_wait: float = 0.0) -> Iterator[None]:
        """Hold a slot of a tenant. Raises `LimitExceeded` if it holds `each`, `Unavailable` if all are taken.

        `max_wait` are the seconds to wait for it, if they are more than those of all.
        """
        with self._changed:
            timeout = max(self._max_wait, max_wait)
            if not self._changed.wait_for(lambda: self._is_free(tenant), timeout=timeout):
                if self._running[tenant] >= self._each:
                    raise engine.LimitExceeded(self._busy, retry_after=_RETRY_SECONDS)
                raise engine.Unavailable(self._full, retry_after=_RETRY_SECONDS)
            self._running[tenant] += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= Counter([tenant])  # without those that have none
                self._changed.notify_all()

    def _is_free(self, tenant: str) -> bool:
        return self._running[tenant] < self._each and self._running.total() < self._total


@made_once
def shared_slots() -> Slots:
    """Return the slots of this process of the service."""
    return Slots(total=settings.SQL_MAX_PROCESSES, max_wait=settings.MAX_QUEUE_SECONDS)
