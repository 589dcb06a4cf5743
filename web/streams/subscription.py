"""A subscription: the first event, missed events, then events as they happen, with pings between them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from functools import cache, partial
from typing import Any, Generic

from django.conf import settings
from django.utils.module_loading import import_string

from engine.events import Token
from web.streams.channel import Channel, Channels, in_access_thread
from web.streams.event import Batch, Interrupted
from web.streams.event_queue import EventQueue
from web.streams.source import A, Source


@cache
def _admission() -> Callable[[Any], None]:
    """Return the function that counts a subscription of a caller, or refuses it."""
    admission: Callable[[Any], None] = import_string(settings.STREAM_ADMISSION)
    return admission


async def subscribe(source: Source[A], channels: Channels) -> AsyncGenerator[Batch, None]:
    """Yield the batches of one subscriber. The first is one event; before it, errors refuse the subscription.

    Raises an `engine.Error` if the access was revoked, and `Interrupted` if events are missing.
    """
    channel = channels.of(source)
    queue = await channel.subscribe()  # receives events before the position is read, so that none is lost between
    try:
        source.admit(channel.access)
        if channel.access.principal is not None:
            await in_access_thread(partial(_admission(), channel.access.principal))
        position = await channel.position(source.since)
        first = source.ready(channel.access, position=position)
        channel.start_refreshing()
        yield [first]
        if not first.last:
            subscription = Subscription(source, channel, queue=queue, position=position)
            async for batch in subscription.batches():
                yield batch
    finally:
        channel.unsubscribe(queue)


class Subscription(Generic[A]):
    """A subscriber of a channel, after its first event."""

    def __init__(
        self, source: Source[A], channel: Channel[A], *, queue: EventQueue, position: Token | None
    ) -> None:
        self._source = source
        self._channel = channel
        self._queue = queue
        self._position = position
        self._ping_at = time.monotonic() + source.ping_seconds

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """Yield missed events, then those of the queue. Raises as `subscribe`."""
        if self._source.since is not None:
            async for batch in self._missed(self._source.since):
                yield batch
        async for batch in self._live():
            yield batch
            if batch and batch[-1].last:
                return
        if self._queue.error:
            raise self._queue.error
        if self._position is not None and (gap := self._source.gap(self._position)):
            yield [gap]
        raise Interrupted

    async def _missed(self, since: Token) -> AsyncGenerator[Batch, None]:
        exhausted = False
        while not exhausted:
            reading = asyncio.ensure_future(self._channel.read_missed(since))
            try:
                while not reading.done():
                    await asyncio.wait([reading], timeout=self._until_ping())
                    if self._is_ping_due():
                        yield self._ping()
            finally:
                reading.cancel()
            events, since, exhausted = reading.result()
            self._position = since
            if events:
                self._delay_ping()
                yield events

    async def _live(self) -> AsyncGenerator[Batch, None]:
        """Yield the events of the queue after the position until the queue is closed."""
        while True:
            deliveries = await self._queue.take(timeout=self._until_ping(), collect=self._source.batch_seconds)
            start = self._position
            events = [event for token, event in deliveries if token is None or start is None or token > start]
            tokens = [token for token, _ in deliveries if token]
            if events:
                self._position = max([*tokens, start]) if start else start
                self._delay_ping()
                yield events
            if self._queue.closed:
                return
            if self._is_ping_due():
                yield self._ping()

    def _until_ping(self) -> float:
        return max(0.0, self._ping_at - time.monotonic())

    def _is_ping_due(self) -> bool:
        return time.monotonic() >= self._ping_at

    def _ping(self) -> Batch:
        self._ping_at = time.monotonic() + self._source.ping_seconds
        event = self._source.ping()
        return [event] if event else []

    def _delay_ping(self) -> None:
        if not self._source.pings_when_busy:
            self._ping_at = time.monotonic() + self._source.ping_seconds
