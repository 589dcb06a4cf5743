"""Fans change events out to all subscribers that share a database and credentials.

The credentials are checked every second, once for all of these subscribers, so that a revoked key ends their
streams.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import close_old_connections

import engine
from accounts.principal import Principal
from catalog.services.access import open_feed, resolve_database_id
from dialects.restdb.auth.credentials import RequestCredentials
from dialects.restdb.realtime.messages import SubscriptionScope, message
from engine.events import Token
from engine.handles import ChangeEvent, ChangeFeed

_REAUTHORIZE_SECONDS = 1.0
# Seconds to collect events before they are sent, so that a burst is sent at once.
_BATCH_SECONDS = 0.02
_lookups = ThreadPoolExecutor(8, thread_name_prefix="realtime")
_ACCESS_ERRORS = (engine.Unauthenticated, engine.Forbidden, engine.NotFound)
EncodedEvent = tuple[Token, bytes]


class Mailbox:
    """Pending events of one subscriber. Beyond MAX_STREAM_BACKLOG messages or MAX_BODY_BYTES it is `lost`."""

    def __init__(self) -> None:
        self._waiting: deque[EncodedEvent] = deque()
        self._size = 0
        self._has_events = asyncio.Event()
        self.lost = False
        self.refusal: engine.Error | None = None

    def put(self, event: EncodedEvent) -> None:
        """Add an event, or end the mailbox if it is full."""
        self._size += len(event[1])
        if len(self._waiting) >= settings.MAX_STREAM_BACKLOG or self._size > settings.MAX_BODY_BYTES:
            self.end()
        else:
            self._waiting.append(event)
            self._has_events.set()

    def end(self, refusal: engine.Error | None = None) -> None:
        """Mark the mailbox as lost; `refusal` is the error that ends the stream."""
        self.lost, self.refusal = True, refusal
        self._has_events.set()

    async def take(self, *, timeout: float) -> list[EncodedEvent]:
        """Return all pending events; waits for the first.

        Returns none after `timeout` seconds or if the mailbox is lost.
        """
        with suppress(TimeoutError):
            await asyncio.wait_for(self._has_events.wait(), timeout)
            if not self.lost:
                await asyncio.sleep(_BATCH_SECONDS)
        events = [*self._waiting]
        self._waiting.clear()
        self._size = 0
        if not self.lost:
            self._has_events.clear()
        return events


@dataclass(frozen=True)
class Listener:
    """A principal with its change feed and the events that it may receive."""

    principal: Principal
    feed: ChangeFeed
    scope: SubscriptionScope


class DatabaseChannel:
    """Subscribers of one database with the same credentials. Closes when the last one leaves."""

    def __init__(self, credentials: RequestCredentials, database: str, *, on_empty: Callable[[], None]) -> None:
        self._credentials = credentials
        self._database = database
        self._on_empty = on_empty
        self._mailboxes: set[Mailbox] = set()
        self._stack = ExitStack()
        self._loop = asyncio.get_running_loop()
        self.opened: asyncio.Task[None] = self._loop.create_task(self._open())
        self._reauthorizing: asyncio.Task[None] | None = None
        self.listener: Listener

    async def subscribe(self) -> Mailbox:
        """Return a mailbox that receives events from now on. Raises what `open_feed` raises."""
        mailbox = Mailbox()
        self._mailboxes.add(mailbox)
        try:
            await asyncio.shield(self.opened)
        except BaseException:
            self.unsubscribe(mailbox)
            raise
        return mailbox

    def unsubscribe(self, mailbox: Mailbox) -> None:
        """Remove a mailbox; close the channel with the last one."""
        self._mailboxes.discard(mailbox)
        if self._mailboxes:
            return
        self._on_empty()
        if self._reauthorizing:
            self._reauthorizing.cancel()
        self._stack.close()

    async def position(self) -> Token:
        """Return the token after which a new subscriber receives events."""
        return await self._in_thread(self.listener.feed.position)

    async def check(self, since: Token) -> None:
        """Raise `Conflict` if the oplog does not reach back to `since`."""
        await self._in_thread(lambda: self.listener.feed.check(since))

    async def read_missed(self, since: Token, *, limit: int) -> tuple[list[EncodedEvent], Token, bool]:
        """Read up to `limit` events after a token. Returns (events, resume token, exhausted)."""
        feed, scope = self.listener.feed, self.listener.scope
        events, reached, complete = await self._in_thread(lambda: feed.since(since, limit=limit, wait=0))
        return [(event.token, message(event)) for event in events if scope.allows(event)], reached, complete

    async def _open(self) -> None:
        self.listener = await self._in_thread(self._authorize)
        listening = self.listener.feed.listening(self._deliver)
        await self._in_thread(lambda: self._stack.enter_context(listening))
        self._reauthorizing = self._loop.create_task(self._reauthorize())
        if not self._mailboxes:
            self._reauthorizing.cancel()
            self._stack.close()

    async def _reauthorize(self) -> None:
        while True:
            await asyncio.sleep(_REAUTHORIZE_SECONDS)
            try:
                listener = await self._in_thread(self._authorize)
            except _ACCESS_ERRORS as error:
                for mailbox in self._mailboxes:
                    mailbox.end(error)
                return
            except engine.Error:
                continue  # a database that is unreachable for now ends no stream
            self.listener.feed.renew(listener.feed)
            self.listener = Listener(listener.principal, self.listener.feed, listener.scope)

    def _authorize(self) -> Listener:
        close_old_connections()
        principal = self._credentials.principal(self._database, refresh=True)
        feed = open_feed(principal, resolve_database_id(principal, self._database), published=True)
        return Listener(principal, feed, SubscriptionScope.of(principal))

    def _deliver(self, event: ChangeEvent | None) -> None:
        """Encode an event once for all subscribers.

        Called from the change stream's thread; None ends the streams.
        """
        encoded = (event.token, message(event)) if event and self.listener.scope.allows(event) else None
        if encoded or event is None:
            with suppress(RuntimeError):  # the loop is closed: the process is ending
                self._loop.call_soon_threadsafe(self._distribute, encoded)

    def _distribute(self, event: EncodedEvent | None) -> None:
        for mailbox in self._mailboxes:
            if event is None:
                mailbox.end()
            else:
                mailbox.put(event)

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        return await self._loop.run_in_executor(_lookups, work)


class Broadcaster:
    """The open channels of this process, by credentials and database."""

    def __init__(self) -> None:
        self._channels: dict[tuple[RequestCredentials, str], DatabaseChannel] = {}

    def of(self, credentials: RequestCredentials, database: str) -> DatabaseChannel:
        """Return the channel of these credentials and this database; open it if needed."""
        name = (credentials, database)
        channel = self._channels.get(name)
        if channel is None:
            channel = self._channels[name] = DatabaseChannel(
                credentials, database, on_empty=lambda: self._channels.pop(name, None)
            )
        return channel
