"""Those who listen to one database with the same credentials: what happens is heard once, and told to each.

The credentials are looked at every second, so that a revoked key hears no more; nobody else is asked for it.
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
from catalog.services import identify, open_feed
from dialects.restdb.auth.credentials import Credentials
from dialects.restdb.realtime.messages import SubscriptionScope, message

_REASSURE_SECONDS = 1.0
# What a listener is about to get is gathered for so long, that a burst is sent in one piece.
_GATHER_SECONDS = 0.02
_lookups = ThreadPoolExecutor(8, thread_name_prefix="realtime")
_ENDS = (engine.Unauthenticated, engine.Forbidden, engine.NotFound)
Heard = tuple[engine.Token, bytes]


class Inbox:
    """What one listener has not got yet; beyond MAX_STREAM_BACKLOG messages, or MAX_BODY_BYTES, it is `lost`."""

    def __init__(self) -> None:
        self._waiting: deque[Heard] = deque()
        self._size = 0
        self._news = asyncio.Event()
        self.lost = False
        self.refusal: engine.Error | None = None

    def put(self, heard: Heard) -> None:
        self._size += len(heard[1])
        if len(self._waiting) >= settings.MAX_STREAM_BACKLOG or self._size > settings.MAX_BODY_BYTES:
            self.end()
        else:
            self._waiting.append(heard)
            self._news.set()

    def end(self, refusal: engine.Error | None = None) -> None:
        self.lost, self.refusal = True, refusal
        self._news.set()

    async def take(self, *, timeout: float) -> list[Heard]:
        """All there is, after waiting for the first; nothing when that takes too long or it is lost."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), timeout)
            if not self.lost:
                await asyncio.sleep(_GATHER_SECONDS)
        found = [*self._waiting]
        self._waiting.clear()
        self._size = 0
        if not self.lost:
            self._news.clear()
        return found


@dataclass(frozen=True)
class Listener:
    """Who listens, and how."""

    principal: Principal
    feed: engine.Feed
    rights: SubscriptionScope


class Channel:
    """Lasts as long as somebody is in it."""

    def __init__(self, credentials: Credentials, database: str, *, leave: Callable[[], None]) -> None:
        self._credentials = credentials
        self._database = database
        self._leave = leave
        self._inboxes: set[Inbox] = set()
        self._stack = ExitStack()
        self._loop = asyncio.get_running_loop()
        self.opened: asyncio.Task[None] = self._loop.create_task(self._open())
        self._reassuring: asyncio.Task[None] | None = None
        self.admitted: Listener

    async def enter(self) -> Inbox:
        """An inbox that hears from now on; raises what `open_feed` raises."""
        inbox = Inbox()
        self._inboxes.add(inbox)
        try:
            await asyncio.shield(self.opened)
        except BaseException:
            self.exit(inbox)
            raise
        return inbox

    def exit(self, inbox: Inbox) -> None:
        self._inboxes.discard(inbox)
        if self._inboxes:
            return
        self._leave()
        if self._reassuring:
            self._reassuring.cancel()
        self._stack.close()

    async def position(self) -> engine.Token:
        """From where on a newcomer hears."""
        return await self._in_thread(self.admitted.feed.position)

    async def check(self, since: engine.Token) -> None:
        """Raise `Conflict` if the oplog does not reach back to `since`."""
        await self._in_thread(lambda: self.admitted.feed.check(since))

    async def missed(self, since: engine.Token, *, limit: int) -> tuple[list[Heard], engine.Token, bool]:
        """What happened after a token, where to go on, and whether that is all."""
        feed, rights = self.admitted.feed, self.admitted.rights
        found, reached, whole = await self._in_thread(lambda: feed.since(since, limit=limit, wait=0))
        return [(one.token, message(one)) for one in found if rights.hears(one)], reached, whole

    async def _open(self) -> None:
        self.admitted = await self._in_thread(self._admit)
        listening = self.admitted.feed.listening(self._deliver)
        await self._in_thread(lambda: self._stack.enter_context(listening))
        self._reassuring = self._loop.create_task(self._reauthorize())
        if not self._inboxes:
            self._reassuring.cancel()
            self._stack.close()

    async def _reauthorize(self) -> None:
        while True:
            await asyncio.sleep(_REASSURE_SECONDS)
            try:
                found = await self._in_thread(self._admit)
            except _ENDS as problem:
                for inbox in self._inboxes:
                    inbox.end(problem)
                return
            except engine.Error:
                continue  # what is out of reach just now refuses nobody
            self.admitted.feed.renew(found.feed)
            self.admitted = Listener(found.principal, self.admitted.feed, found.rights)

    def _admit(self) -> Listener:
        close_old_connections()
        principal = self._credentials.principal(self._database, anew=True)
        feed = open_feed(principal, identify(principal, self._database), published=True)
        return Listener(principal, feed, SubscriptionScope.of(principal))

    def _deliver(self, happening: engine.Happening | None) -> None:
        """Called from the tail's thread; encoded there, once for all."""
        heard = (
            (happening.token, message(happening)) if happening and self.admitted.rights.hears(happening) else None
        )
        if heard or happening is None:
            with suppress(RuntimeError):  # the loop is closed: the process is about to end
                self._loop.call_soon_threadsafe(self._tell, heard)

    def _tell(self, heard: Heard | None) -> None:
        for inbox in self._inboxes:
            if heard is None:
                inbox.end()
            else:
                inbox.put(heard)

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        return await self._loop.run_in_executor(_lookups, work)


class Broadcaster:
    """The rooms of this process."""

    def __init__(self) -> None:
        self._rooms: dict[tuple[Credentials, str], Channel] = {}

    def of(self, credentials: Credentials, database: str) -> Channel:
        name = (credentials, database)
        room = self._rooms.get(name)
        if room is None:
            room = self._rooms[name] = Channel(credentials, database, leave=lambda: self._rooms.pop(name, None))
        return room
