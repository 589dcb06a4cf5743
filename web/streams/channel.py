"""Channels: an authorized feed, shared by the subscribers with the same key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from contextvars import copy_context
from dataclasses import replace
from typing import Any, Generic, TypeVar

from django.db import close_old_connections

import engine
from engine.events import Token
from engine.handles import ChangeEvent, ChangeFeed
from web.errors import Internal
from web.streams.event import Event
from web.streams.event_queue import Delivery, EventQueue
from web.streams.source import A, Source
from web.views import error_of

T = TypeVar("T")
# Errors that end a stream when its credentials are checked again. Others, such as an outage, do not.
_ENDING_ERRORS = (engine.Unauthenticated, engine.Forbidden, engine.NotFound, Internal)
_BATCH_SIZE = 500
# Reads of missed events take up to a second each; they must not delay authorizations.
_access_threads = ThreadPoolExecutor(16, thread_name_prefix="stream-access")
_read_threads = ThreadPoolExecutor(8, thread_name_prefix="stream-read")


class Channel(Generic[A]):
    """An authorized feed with its subscribers' queues. Closes when the last subscriber leaves.

    `authorize` and the start of the change stream block, so they run in threads.
    """

    access: A

    def __init__(self, source: Source[A], *, on_close: Callable[[Channel[A]], None]) -> None:
        self._source = source
        self._on_close = on_close
        self._queues: set[EventQueue] = set()
        self._stack = ExitStack()
        self._loop = asyncio.get_running_loop()
        self._opening: asyncio.Task[None] = self._loop.create_task(self._open())
        self._refreshing: asyncio.Task[None] | None = None

    async def subscribe(self) -> EventQueue:
        """Return a queue that receives events from now on. Raises what `Source.authorize` raises."""
        queue = EventQueue(lossy=self._source.lossy)
        self._queues.add(queue)
        try:
            await asyncio.shield(self._opening)
        except BaseException:
            self.unsubscribe(queue)
            raise
        return queue

    def unsubscribe(self, queue: EventQueue) -> None:
        """Remove a queue; close the channel with the last one."""
        self._queues.discard(queue)
        if self._queues:
            return
        self._on_close(self)
        if self._refreshing:
            self._refreshing.cancel()
        self._stack.close()

    def start_refreshing(self) -> None:
        """Begin to poll and to authorize again at intervals, unless this has begun."""
        if self._refreshing is None:
            self._refreshing = self._loop.create_task(self._refresh())

    async def position(self, since: Token | None) -> Token | None:
        """Return the position from which a new subscriber receives events; None without a feed.

        Raises `Conflict` if the oplog does not reach back to `since`.
        """
        feed = self.access.feed
        if feed is None:
            return None
        if since is None:
            return await _in_thread(_access_threads, feed.position)
        await _in_thread(_access_threads, lambda: feed.check(since))
        return since

    async def read_missed(self, since: Token) -> tuple[list[Event], Token, bool]:
        """Read the next events after a token. Returns (events, position to continue from, exhausted).

        Raises an `engine.Error`, also for a change that cannot be encoded.
        """
        try:
            return await _in_thread(_read_threads, lambda: self._read_missed(since))
        except engine.Error:
            raise
        except Exception as error:
            raise error_of(error) from error

    def _read_missed(self, since: Token) -> tuple[list[Event], Token, bool]:
        access = self.access
        assert access.feed is not None
        changes, position, exhausted = access.feed.since(since, limit=_BATCH_SIZE, wait=0)
        events = [event for change in changes if (event := self._source.change(change, access=access))]
        return events, position, exhausted

    async def _open(self) -> None:
        self.access = await _in_thread(_access_threads, self._source.authorize)
        if self.access.feed is not None:
            listening = self.access.feed.listening(self._receive)
            await _in_thread(_access_threads, lambda: self._stack.enter_context(listening))
        if not self._queues:  # all left in the meantime
            self._stack.close()

    async def _refresh(self) -> None:
        """Poll, and authorize again at intervals. Ends the streams if the access was revoked."""
        refresh = self._poll
        while True:
            try:
                events = await _in_thread(_access_threads, refresh)
            except Exception as error:  # noqa: BLE001 - it is classified and sent
                failure = error_of(error)
                if isinstance(failure, _ENDING_ERRORS):
                    self._end(failure)
                    return
            else:
                for event in events:
                    self._distribute((None, event))
            await asyncio.sleep(self._source.interval_seconds)
            refresh = self._authorize_and_poll

    def _poll(self) -> Sequence[Event]:
        return self._source.poll(self.access)

    def _authorize_and_poll(self) -> Sequence[Event]:
        access = self._source.authorize()
        feed, renewed = self.access.feed, access.feed
        if feed and renewed and feed.follows(renewed):
            feed.renew(renewed)
            access = replace(access, feed=feed)
        elif feed and renewed:
            self._listen_elsewhere(renewed)
        self.access = access
        return self._source.poll(access)

    def _listen_elsewhere(self, feed: ChangeFeed) -> None:
        """Listen to the cluster that the database has moved to. Subscribers resume, as after a gap."""
        listening = feed.listening(self._receive)
        self._stack.close()
        self._stack.enter_context(listening)
        self._receive(None)
        with suppress(RuntimeError):  # the loop is closed: the process is ending
            self._loop.call_soon_threadsafe(self._close_if_unused)

    def _close_if_unused(self) -> None:
        if not self._queues:
            self._stack.close()

    def _receive(self, change: ChangeEvent | None) -> None:
        """Encode a change once for all subscribers. Called in the change stream's thread; None is a gap.

        A change that cannot be encoded ends the streams of this channel, and does not stop the change stream.
        """
        with suppress(RuntimeError):  # the loop is closed: the process is ending
            if change is None:
                self._loop.call_soon_threadsafe(self._interrupt)
                return
            try:
                event = self._source.change(change, access=self.access)
            except Exception as error:  # noqa: BLE001 - it is logged and sent
                self._loop.call_soon_threadsafe(self._end, error_of(error))
                return
            if event is not None:
                self._loop.call_soon_threadsafe(self._distribute, (change.token, event))

    def _distribute(self, delivery: Delivery) -> None:
        for queue in self._queues:
            queue.put(delivery)

    def _interrupt(self) -> None:
        if not self._source.lossy:
            for queue in self._queues:
                queue.close()

    def _end(self, error: engine.Error) -> None:
        """End all streams with an error. New subscribers get another channel, which authorizes them itself."""
        self._on_close(self)
        for queue in self._queues:
            queue.close(error)


class Channels:
    """The open channels of one stream in this process, by key."""

    def __init__(self) -> None:
        self._channels: dict[Hashable, Channel[Any]] = {}

    def __len__(self) -> int:
        return len(self._channels)

    def of(self, source: Source[A]) -> Channel[A]:
        """Return the channel of a source's key; open it if it is missing."""
        channel = self._channels.get(source.key)
        if channel is None:
            channel = self._channels[source.key] = Channel(source, on_close=lambda it: self._remove(source.key, it))
        return channel

    def _remove(self, key: Hashable, channel: Channel[Any]) -> None:
        if self._channels.get(key) is channel:
            del self._channels[key]


async def in_access_thread(work: Callable[[], T]) -> T:
    """Run blocking work that authorizes a subscriber, and return its result."""
    return await _in_thread(_access_threads, work)


async def _in_thread(threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    def run() -> T:
        close_old_connections()
        return work()

    return await asyncio.get_running_loop().run_in_executor(threads, copy_context().run, run)
