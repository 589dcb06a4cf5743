"""Subscriptions: replay and live events without a gap, the ends of a stream, and pings."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest

from tests.web.streams.memory import MemoryFeed, MemorySource, token
from tests.web.streams.receiving import Seen, changes, receive, run, summary, until_end
from web.streams.channel import Channels
from web.streams.event import Event, Interrupted
from web.streams.subscription import subscribe


def test_a_stream_begins_now_and_sends_each_change() -> None:
    async def test() -> None:
        feed = MemoryFeed()
        feed.emit(1, 2)
        batches = subscribe(MemorySource(feed), Channels())
        assert await receive(batches, count=1) == [("ready", 2)]
        feed.emit(3, 1_000, 4)  # the source does not send 1000
        assert await receive(batches, count=2) == changes(3, 4)
        await batches.aclose()

    run(test)


def test_no_event_is_lost_or_repeated_between_replay_and_live() -> None:
    """Changes that happen while missed ones are read are in the pages, in the queue, or in both."""

    async def test() -> None:
        feed = MemoryFeed()
        feed.emit(*range(1, 8))
        coming = [*range(8, 20)]

        def emit_next() -> None:
            if coming:
                feed.emit(coming.pop(0))

        feed.before_read = emit_next
        batches = subscribe(MemorySource(feed, since=token(3)), Channels())
        assert await receive(batches, count=1) == [("ready", 3)]
        received = await receive(batches, count=8)
        while coming:
            emit_next()
        received += await receive(batches, count=16 - len(received))
        assert received == changes(*range(4, 20))
        await batches.aclose()

    run(test)


def test_a_slow_subscriber_gets_what_was_accepted_then_the_gap(settings: Any) -> None:
    settings.MAX_STREAM_BACKLOG = 3

    async def test() -> None:
        feed, channels = MemoryFeed(), Channels()
        slow, quick = (subscribe(MemorySource(feed), channels) for _ in range(2))
        for batches in (slow, quick):
            await receive(batches, count=1)
        for number in range(1, 7):
            feed.emit(number)
            assert await receive(quick, count=1) == changes(number)
        seen, error = await until_end(slow)
        assert seen == [*changes(1, 2, 3), ("gap", 3)]
        assert isinstance(error, Interrupted)
        feed.emit(7)
        assert await receive(quick, count=1) == changes(7)
        await quick.aclose()

    run(test)


def test_an_interrupted_change_stream_is_a_gap() -> None:
    """Events after the interruption are not sent: their ids would make the client skip the missing ones."""

    async def test() -> None:
        feed = MemoryFeed()
        batches = subscribe(MemorySource(feed), Channels())
        await receive(batches, count=1)
        feed.emit(1)
        feed.interrupt()
        feed.emit(5)
        seen, error = await until_end(batches)
        assert seen == [*changes(1), ("gap", 1)]
        assert isinstance(error, Interrupted)

    run(test)


def test_a_lossy_stream_continues_after_an_interruption() -> None:
    class Lossy(MemorySource):
        lossy = True

    async def test() -> None:
        feed = MemoryFeed()
        batches = subscribe(Lossy(feed), Channels())
        await receive(batches, count=1)
        feed.interrupt()
        feed.emit(5)
        assert await receive(batches, count=1) == changes(5)
        await batches.aclose()

    run(test)


def test_a_polled_source_needs_no_feed_and_ends_with_its_last_event() -> None:
    async def test() -> None:
        channels, source = Channels(), MemorySource()
        source.polled = [[Event.of("progress", 1)], [], [Event.of("progress", 2), Event.of("done", 3, last=True)]]
        batches = subscribe(source, channels)
        seen, error = await until_end(batches)
        assert seen == [("ready", None), ("progress", 1), ("progress", 2), ("done", 3)]
        assert (error, len(channels)) == (None, 0)

    run(test)


def test_a_stream_may_end_with_its_first_event() -> None:
    class Ended(MemorySource):
        def ready(self, access: Any, *, position: Any) -> Event:
            return Event.of("done", 1, last=True)

    async def test() -> None:
        assert await until_end(subscribe(Ended(), Channels())) == ([("done", 1)], None)

    run(test)


def test_an_idle_stream_is_kept_alive() -> None:
    class Idle(MemorySource):
        ping_seconds = 0.05

    async def test() -> None:
        feed = MemoryFeed()
        batches = subscribe(Idle(feed), Channels())
        assert summary(await anext(batches)) == [("ready", 0)]
        assert [await anext(batches) for _ in range(3)] == [[], [], []]
        feed.emit(1)
        assert await receive(batches, count=1) == changes(1)
        await batches.aclose()

    run(test)


@pytest.mark.parametrize("busy", [True, False])
def test_pings_between_events(busy: bool) -> None:
    """Events delay a ping, unless the source sends it at fixed intervals."""

    class Pinging(MemorySource):
        ping_seconds = 0.2
        pings_when_busy = busy

        def ping(self) -> Event:
            return Event.of("ping", 0)

    async def test() -> None:
        feed = MemoryFeed()
        emitted_at, early_pings = time.monotonic(), 0
        batches = subscribe(Pinging(feed), Channels())
        await receive(batches, count=1)
        seen: Seen = []
        for number in range(1, 13):
            feed_at = time.monotonic()
            feed.emit(number)
            while changes(number)[0] not in seen:
                batch = summary(await anext(batches))
                early_pings += ("ping", 0) in batch and time.monotonic() < emitted_at + Pinging.ping_seconds
                seen += batch
            emitted_at = feed_at
            await asyncio.sleep(0.03)
        assert ("ping", 0) in seen if busy else not early_pings
        assert [item for item in seen if item[0] == "change"] == changes(*range(1, 13))
        await batches.aclose()

    run(test)


def test_a_slow_read_of_missed_events_is_kept_alive() -> None:
    class Idle(MemorySource):
        ping_seconds = 0.05

    async def test() -> None:
        feed, gate = MemoryFeed(), threading.Event()
        feed.emit(1)
        feed.before_read = lambda: gate.wait(60) and None
        batches = subscribe(Idle(feed, since=token(0)), Channels())
        await receive(batches, count=1)
        assert await anext(batches) == []
        gate.set()
        assert await receive(batches, count=1) == changes(1)
        await batches.aclose()

    run(test)
