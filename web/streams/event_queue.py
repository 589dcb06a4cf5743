"""The queue of one subscriber."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress

from django.conf import settings

import engine
from engine.events import Token
from web.streams.event import Event

# An event with its position in the change stream; None for an event that has none.
Delivery = tuple[Token | None, Event]


class EventQueue:
    """Pending events of one subscriber, at most MAX_STREAM_BACKLOG events and MAX_BODY_BYTES.

    Beyond that it closes; a `lossy` queue drops its oldest events instead. Used in the event loop only.
    """

    def __init__(self, *, lossy: bool = False) -> None:
        self._lossy = lossy
        self._deliveries: deque[Delivery] = deque()
        self._size = 0
        self._changed = asyncio.Event()
        self.closed = False
        self.error: engine.Error | None = None

    def put(self, delivery: Delivery) -> None:
        """Add an event. A closed queue ignores it: the client resumes where the queue was closed."""
        if self.closed:
            return
        self._size += len(delivery[1].data)
        self._deliveries.append(delivery)
        while self._is_over():
            if not self._lossy:
                self._remove(self._deliveries.pop())
                self.close()
                return
            self._remove(self._deliveries.popleft())
        self._changed.set()

    def close(self, error: engine.Error | None = None) -> None:
        """Accept no more events. With an error, which ends the stream, the pending ones are dropped."""
        if error is not None:
            self._clear()
            self.error = error
        self.closed = True
        self._changed.set()

    async def take(self, *, timeout: float, collect: float = 0.0) -> list[Delivery]:
        """Return all pending events; none after `timeout` seconds without one.

        Waits another `collect` seconds after the first, so that a burst is taken at once.
        """
        with suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), timeout)
            if collect and not self.closed:
                await asyncio.sleep(collect)
        deliveries = [*self._deliveries]
        self._clear()
        if not self.closed:
            self._changed.clear()
        return deliveries

    def _is_over(self) -> bool:
        max_events: int = settings.MAX_STREAM_BACKLOG
        max_bytes: int = settings.MAX_BODY_BYTES
        return len(self._deliveries) > max_events or self._size > max_bytes

    def _remove(self, delivery: Delivery) -> None:
        self._size -= len(delivery[1].data)

    def _clear(self) -> None:
        self._deliveries.clear()
        self._size = 0
