"""Streams the events of a database as server-sent events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from django.conf import settings
from django.db import close_old_connections

from accounts.authentication import authenticate
from catalog.services.access import open_feed
from dataapi import render
from dataapi.parsing import events as parsing
from engine.events import Token
from engine.handles import ChangeEvent, ChangeFeed
from web.streaming import Event, Stream, StreamRequest

_BATCH_SIZE = 500
_REAUTHORIZE_SECONDS = 1.0
_lookups = ThreadPoolExecutor(8, thread_name_prefix="events")


class EventQueue:
    """Passes events from the thread of the change stream to the event loop; sets `lost` when it overflows."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[ChangeEvent | None] = asyncio.Queue(settings.MAX_STREAM_BACKLOG)
        self.lost = False

    def deliver(self, event: ChangeEvent | None) -> None:
        """Add an event; called from the thread of the change stream. None marks a gap."""
        with suppress(RuntimeError):  # the loop is closed: the process is about to end
            self._loop.call_soon_threadsafe(self._put, event)

    def _put(self, event: ChangeEvent | None) -> None:
        if event is None or self._queue.full():
            self.lost = True
        else:
            self._queue.put_nowait(event)

    async def take(self, *, timeout: float) -> ChangeEvent | None:
        with suppress(TimeoutError):
            return await asyncio.wait_for(self._queue.get(), timeout)
        return None


async def _events(request: StreamRequest) -> AsyncIterator[Event]:
    """Yield `ready`, then a `change` for each event, and `gap` where the client must start over.

    The credentials are checked again every second, so that a revoked key receives no more events.
    """
    target = parsing.stream(request.query, last_event_id=request.last_event_id)
    feed = await _in_thread(_feed, request, target)
    if target.since:  # refused with a status, before the stream begins
        await _in_thread(feed.check, target.since)
    queue = EventQueue()
    with feed.listening(queue.deliver):
        resume_token = target.since or await _in_thread(feed.position)
        yield Event("ready", {"next": str(resume_token)}, id=str(resume_token))
        complete = False
        while not complete:
            missed, resume_token, complete = await _in_thread(_read_missed, feed, resume_token)
            for event in missed:
                yield _change(event)
        authorized_at = time.monotonic()
        while not queue.lost:
            if time.monotonic() - authorized_at > _REAUTHORIZE_SECONDS:
                await _in_thread(_feed, request, target)
                authorized_at = time.monotonic()
            event = await queue.take(timeout=_REAUTHORIZE_SECONDS)
            if event and event.token > resume_token:
                resume_token = event.token
                yield _change(event)
        yield Event("gap", {"next": str(resume_token)})


def _change(event: ChangeEvent) -> Event:
    return Event("change", render.change_event(event), id=str(event.token))


def _feed(request: StreamRequest, target: parsing.EventsRequest) -> ChangeFeed:
    close_old_connections()
    principal = authenticate(request.authorization)
    feed = open_feed(principal, target.database_id, collection=target.collection or None)
    feed.start()
    return feed


def _read_missed(feed: ChangeFeed, since: Token) -> tuple[list[ChangeEvent], Token, bool]:
    return feed.since(since, limit=_BATCH_SIZE, wait=0)


async def _in_thread(work, *arguments):
    return await asyncio.get_running_loop().run_in_executor(_lookups, work, *arguments)


events = Stream(_events, envelope=render.envelope)
