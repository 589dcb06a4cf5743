"""The events of a database as server-sent events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from django.conf import settings
from django.db import close_old_connections

import engine
from accounts.authentication import authenticate
from catalog.services import open_feed
from dataapi import render
from dataapi.parsing import events as parsing
from web.streaming import Event, Stream, StreamRequest

_AT_ONCE = 500
_REASSURE_SECONDS = 1.0
_lookups = ThreadPoolExecutor(8, thread_name_prefix="events")


class Inbox:
    """What the tail's thread puts in and the stream takes out; with too many at once it is `lost`."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[engine.Happening | None] = asyncio.Queue(settings.MAX_STREAM_BACKLOG)
        self.lost = False

    def deliver(self, happening: engine.Happening | None) -> None:
        """Called from the tail's thread."""
        with suppress(RuntimeError):  # the loop is closed: the process is about to end
            self._loop.call_soon_threadsafe(self._put, happening)

    def _put(self, happening: engine.Happening | None) -> None:
        if happening is None or self._queue.full():
            self.lost = True
        else:
            self._queue.put_nowait(happening)

    async def take(self, *, timeout: float) -> engine.Happening | None:
        with suppress(TimeoutError):
            return await asyncio.wait_for(self._queue.get(), timeout)
        return None


async def _events(request: StreamRequest) -> AsyncIterator[Event]:
    """`ready`, then a `change` for each event; `gap` ends the stream where the listener must begin anew.

    The credentials are looked at again and again, so that a revoked key hears no more.
    """
    asked = parsing.stream(request.query, last_event_id=request.last_event_id)
    feed = await _in_thread(_feed, request, asked)
    if asked.since:  # refused with a status, before the stream begins
        await _in_thread(feed.check, asked.since)
    inbox = Inbox()
    with feed.listening(inbox.deliver):
        reached = asked.since or await _in_thread(feed.position)
        yield Event("ready", {"next": str(reached)}, id=str(reached))
        whole = False
        while not whole:
            missed, reached, whole = await _in_thread(_missed, feed, reached)
            for happening in missed:
                yield _change(happening)
        reassured = time.monotonic()
        while not inbox.lost:
            if time.monotonic() - reassured > _REASSURE_SECONDS:
                await _in_thread(_feed, request, asked)
                reassured = time.monotonic()
            happening = await inbox.take(timeout=_REASSURE_SECONDS)
            if happening and happening.token > reached:
                reached = happening.token
                yield _change(happening)
        yield Event("gap", {"next": str(reached)})


def _change(happening: engine.Happening) -> Event:
    return Event("change", render.happening(happening), id=str(happening.token))


def _feed(request: StreamRequest, asked: parsing.Listening) -> engine.Feed:
    close_old_connections()
    principal = authenticate(request.authorization)
    feed = open_feed(principal, asked.database_id, collection=asked.collection or None)
    feed.start()
    return feed


def _missed(feed: engine.Feed, since: engine.Token) -> tuple[list[engine.Happening], engine.Token, bool]:
    return feed.since(since, limit=_AT_ONCE, wait=0)


async def _in_thread(work, *arguments):
    return await asyncio.get_running_loop().run_in_executor(_lookups, work, *arguments)


events = Stream(_events, envelope=render.envelope)
