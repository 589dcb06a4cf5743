"""Long polling: each request of a client reads the events after its position, or waits for the first one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from cachetools import TTLCache
from django.conf import settings

import engine
from engine.events import Token
from web.streams.channel import Channel, Channels
from web.streams.event import Event
from web.streams.event_queue import Delivery, EventQueue
from web.streams.source import Source

# A channel stays open this long after a request, so that the next one does not open it again.
_LINGER_SECONDS = 30.0
# Requests that are behind by more than a page share what is read for one of them.
_SHARED_SECONDS, _MAX_SHARED_PAGES = 2.0, 100


@dataclass(frozen=True)
class EventPage:
    """Events in order, and the position to continue from. `exhausted` tells whether these were all."""

    events: list[Event]
    position: Token
    exhausted: bool = True


@dataclass(frozen=True)
class _Lingering:
    """The closed queue of the last request, which keeps its channel open until the timer fires."""

    channel: Channel[Any]
    queue: EventQueue
    timer: asyncio.TimerHandle

    def end(self) -> None:
        self.timer.cancel()
        self.channel.unsubscribe(self.queue)


class LongPolls:
    """The waiting requests of this process, at most MAX_STREAMS, and their channels."""

    def __init__(self) -> None:
        self._channels = Channels()
        self._lingering: dict[Hashable, _Lingering] = {}
        self._pages: TTLCache[Hashable, asyncio.Task[EventPage]] = TTLCache(_MAX_SHARED_PAGES, ttl=_SHARED_SECONDS)
        self._waiting = 0

    async def read(self, source: Source[Any], *, since: Token, timeout: float) -> EventPage:
        """Return the events after a position; none after `timeout` seconds without one.

        Waits `source.batch_seconds` after the first event, so that a burst is one page. Raises `LimitExceeded`,
        what `Source.authorize` raises, and `Conflict` if the oplog does not reach back to the position.
        """
        if self._waiting >= settings.MAX_STREAMS:
            text = f"This process serves at most {settings.MAX_STREAMS} long polls (MAX_STREAMS)."
            raise engine.LimitExceeded(text, retry_after=5)
        self._waiting += 1
        try:
            return await self._read(source, since, until=time.monotonic() + timeout)
        finally:
            self._waiting -= 1

    async def _read(self, source: Source[Any], since: Token, *, until: float) -> EventPage:
        channel = self._channels.of(source)
        queue = await channel.subscribe()  # receives events before the missed ones are read: none is lost between
        try:
            source.admit(channel.access)
            channel.start_refreshing()
            page = await self._missed(source.key, channel, since, until=until)
            return (
                await _with_live(page, queue, collect=source.batch_seconds, until=until) if page.exhausted else page
            )
        finally:
            self._leave(source.key, channel, queue)

    async def _missed(self, key: Hashable, channel: Channel[Any], since: Token, *, until: float) -> EventPage:
        """Read the events of the past after a position, until the first ones or the deadline."""
        while True:
            page = await self._shared(key, since) or await self._own(key, channel, since)
            if page.events or page.exhausted or time.monotonic() >= until:
                return page
            since = page.position

    async def _shared(self, key: Hashable, since: Token) -> EventPage | None:
        """Return the page that another request reads or has read. None for the last page: it may be outdated."""
        task = self._pages.get((key, since))
        page = await asyncio.shield(task) if task is not None else None
        return None if page is None or page.exhausted else page

    async def _own(self, key: Hashable, channel: Channel[Any], since: Token) -> EventPage:
        task = self._pages[(key, since)] = asyncio.create_task(_page(channel, since))
        return await asyncio.shield(task)  # others may wait for it when this request has ended

    def _leave(self, key: Hashable, channel: Channel[Any], queue: EventQueue) -> None:
        """Leave a channel, which stays open for a while unless it has ended."""
        if queue.error:
            channel.unsubscribe(queue)
            return
        queue.close()  # it receives nothing
        previous = self._lingering.pop(key, None)
        timer = asyncio.get_running_loop().call_later(_LINGER_SECONDS, self._end, key)
        self._lingering[key] = _Lingering(channel, queue, timer)
        if previous is not None:
            previous.end()

    def _end(self, key: Hashable) -> None:
        self._lingering.pop(key).end()


async def _page(channel: Channel[Any], since: Token) -> EventPage:
    events, position, exhausted = await channel.read_missed(since)
    return EventPage(events, position, exhausted)


async def _with_live(page: EventPage, queue: EventQueue, *, collect: float, until: float) -> EventPage:
    """Add the events that happen until the deadline, or for `collect` seconds after the first one."""
    if page.events:
        await asyncio.sleep(collect)
        new = _after(page.position, await queue.take(timeout=0))
    else:
        new = await _first_after(page.position, queue, collect=collect, until=until)
    if queue.error:
        raise queue.error
    tokens = [token for token, _ in new if token is not None]
    return EventPage([*page.events, *(event for _, event in new)], max([page.position, *tokens]))


async def _first_after(position: Token, queue: EventQueue, *, collect: float, until: float) -> list[Delivery]:
    """Return the next deliveries after a position; none at the deadline, or when the queue is closed.

    The change stream may be late, and deliver what happened before the position as well.
    """
    while True:
        seconds = max(0.0, until - time.monotonic())
        new = _after(position, await queue.take(timeout=seconds, collect=collect))
        if new or queue.closed or not seconds:
            return new


def _after(position: Token, deliveries: Sequence[Delivery]) -> list[Delivery]:
    return [(token, event) for token, event in deliveries if token is None or token > position]
