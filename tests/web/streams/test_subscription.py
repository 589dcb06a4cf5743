"""Subscriptions: replay and live events without a gap, the ends of a stream, sharing, and pings."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import pytest

import engine
from tests.web.streams.memory import MemoryFeed, MemorySource, token
from web.errors import Internal
from web.streams.channel import Channels
from web.streams.event import Batch, Event, Interrupted
from web.streams.subscription import subscribe

Seen = list[tuple[str, Any]]


def summary(batch: Batch) -> Seen:
    return [(event.name, json.loads(event.data)) for event in batch]


async def receive(batches: AsyncGenerator[Batch, None], *, count: int) -> Seen:
    """Return the next events, at least `count`, keep-alives excluded."""
    seen: Seen = []
    async with asyncio.timeout(10):
        while len(seen) < count:
            seen += summary(await anext(batches))
    return seen


async def until_end(batches: AsyncGenerator[Batch, None]) -> tuple[Seen, Exception | None]:
    """Return the remaining events, and the exception that ends the stream."""
    seen: Seen = []
    async with asyncio.timeout(10):
        try:
            async for batch in batches:
                seen += summary(batch)
        except (engine.Error, Interrupted) as error:
            return seen, error
    return seen, None


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(test())  # type: ignore[arg-type]


def changes(*numbers: int) -> Seen:
    return [("change", number) for number in numbers]


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


def test_blocking_calls_run_in_threads() -> None:
    async def test() -> None:
        feed = MemoryFeed()
        batches = subscribe(MemorySource(feed, since=token(0)), Channels())
        await receive(batches, count=1)
        feed.emit(1)
        await receive(batches, count=1)
        await batches.aclose()
        assert feed.threads
        assert threading.main_thread().name not in feed.threads

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


@pytest.mark.parametrize("error", [engine.Unauthenticated("x"), engine.Forbidden("x"), engine.NotFound("x")])
def test_revoked_access_ends_all_streams_of_the_channel(error: engine.Error) -> None:
    async def test() -> None:
        feed, channels, source = MemoryFeed(), Channels(), MemorySource(MemoryFeed())
        source.feed = feed
        source.errors = [None, None, error]
        streams = [subscribe(source, channels) for _ in range(3)]
        for batches in streams:
            await receive(batches, count=1)
        assert [await until_end(batches) for batches in streams] == [([], error)] * 3
        assert (feed.listener_count, len(channels), source.authorizations) == (0, 0, 3)

    run(test)


def test_a_revoked_key_gets_no_seat_in_the_channel_that_ends() -> None:
    """A subscriber that has not noticed the end yet keeps no channel open for others."""

    async def test() -> None:
        channels, source = Channels(), MemorySource(MemoryFeed())
        revoked = engine.Unauthenticated("Invalid API Key.")
        source.errors = [None, revoked, revoked]
        slow = subscribe(source, channels)
        await receive(slow, count=1)
        await until(lambda: len(channels) == 0)
        with pytest.raises(engine.Unauthenticated):
            await anext(subscribe(source, channels))
        assert await until_end(slow) == ([], revoked)

    run(test)


def test_an_outage_ends_no_stream() -> None:
    async def test() -> None:
        feed, source = MemoryFeed(), MemorySource(MemoryFeed())
        source.feed = feed
        source.errors = [None, *[engine.Unavailable("x")] * 3]
        batches = subscribe(source, Channels())
        await receive(batches, count=1)
        await until(lambda: feed.renewed >= 2)
        feed.emit(1)
        assert await receive(batches, count=1) == changes(1)
        await batches.aclose()

    run(test)


def test_a_change_that_cannot_be_encoded_ends_its_channel_only() -> None:
    async def test() -> None:
        feed, channels = MemoryFeed(), Channels()
        batches = subscribe(MemorySource(feed), channels)
        await receive(batches, count=1)
        feed.emit(1, 666, 2)
        _, error = await until_end(batches)
        assert isinstance(error, Internal)
        resumed = subscribe(MemorySource(feed, key="resumed", since=token(0)), channels)
        await receive(resumed, count=1)
        assert isinstance((await until_end(resumed))[1], Internal)
        again = subscribe(MemorySource(feed), channels)
        await receive(again, count=1)
        feed.emit(667)
        assert await receive(again, count=1) == changes(667)
        await again.aclose()

    run(test)


@pytest.mark.parametrize("refusal", ["authorize", "admit", "check"])
def test_a_refused_subscription_leaves_nothing(refusal: str) -> None:
    async def test() -> None:
        feed, channels = MemoryFeed(), Channels()
        source = MemorySource(feed, since=token(-1) if refusal == "check" else None)
        source.errors = [engine.Forbidden("x")] if refusal == "authorize" else []
        source.refused = engine.Forbidden("x") if refusal == "admit" else None
        with pytest.raises(engine.Error):
            await anext(subscribe(source, channels))
        assert (feed.listener_count, len(channels)) == (0, 0)

    run(test)


def test_subscribers_with_one_key_share_a_channel() -> None:
    async def test() -> None:
        feed, channels, first = MemoryFeed(), Channels(), MemorySource(MemoryFeed())
        first.feed = feed
        other = MemorySource(feed, key="other")
        streams = [subscribe(source, channels) for source in (first, first, first, other)]
        for batches in streams:
            await receive(batches, count=1)
        assert (len(channels), feed.listener_count) == (2, 2)
        feed.emit(1)
        for batches in streams:
            assert await receive(batches, count=1) == changes(1)
        assert (first.encoded, other.encoded) == (1, 1)
        for batches in streams[:3]:
            assert len(channels) == 2
            await batches.aclose()
        assert (len(channels), feed.listener_count) == (1, 1)
        await streams[3].aclose()
        assert (len(channels), feed.listener_count) == (0, 0)

    run(test)


def test_a_subscriber_that_leaves_while_the_channel_opens_closes_it() -> None:
    async def test() -> None:
        feed, channels, gate = MemoryFeed(), Channels(), threading.Event()
        source = MemorySource(feed)
        authorize = source.authorize
        source.authorize = lambda: gate.wait(10) and authorize()  # type: ignore[method-assign]
        opening = asyncio.ensure_future(anext(subscribe(source, channels)))
        await asyncio.sleep(0.05)
        opening.cancel()
        await asyncio.wait([opening])
        gate.set()
        await until(lambda: source.authorizations == 1)
        await asyncio.sleep(0.05)
        assert (feed.listener_count, len(channels)) == (0, 0)

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
        assert summary(await anext(batches)) == changes(1)
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
        batches = subscribe(Pinging(feed), Channels())
        await receive(batches, count=1)
        seen: Seen = []
        for number in range(1, 13):
            feed.emit(number)
            while changes(number)[0] not in seen:
                seen += summary(await anext(batches))
            await asyncio.sleep(0.03)
        assert ("ping" in dict(seen)) is busy
        assert [item for item in seen if item[0] == "change"] == changes(*range(1, 13))
        await batches.aclose()

    run(test)


def test_a_slow_read_of_missed_events_is_kept_alive() -> None:
    class Idle(MemorySource):
        ping_seconds = 0.05

    async def test() -> None:
        feed, gate = MemoryFeed(), threading.Event()
        feed.emit(1)
        feed.before_read = lambda: gate.wait(10) and None
        batches = subscribe(Idle(feed, since=token(0)), Channels())
        await receive(batches, count=1)
        assert await anext(batches) == []
        gate.set()
        assert await receive(batches, count=1) == changes(1)
        await batches.aclose()

    run(test)
