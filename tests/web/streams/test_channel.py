"""Channels: what subscribers share, checks of access, refusals, and what runs in threads."""

from __future__ import annotations

import asyncio
import threading

import pytest

import engine
from tests.web.streams.memory import MemoryFeed, MemorySource, token
from tests.web.streams.receiving import changes, receive, run, until, until_end
from web.errors import Internal
from web.streams.channel import Channels
from web.streams.event import Interrupted
from web.streams.subscription import subscribe


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


@pytest.mark.parametrize("error", [engine.Unauthenticated("x"), engine.Forbidden("x"), engine.NotFound("x")])
def test_revoked_access_ends_all_streams_of_the_channel(error: engine.Error) -> None:
    async def test() -> None:
        feed, channels, source = MemoryFeed(), Channels(), MemorySource(MemoryFeed())
        source.feed = feed
        streams = [subscribe(source, channels) for _ in range(3)]
        for batches in streams:
            await receive(batches, count=1)
        source.errors.append(error)  # of one authorization, which all have in common
        assert [await until_end(batches) for batches in streams] == [([], error)] * 3
        assert (feed.listener_count, len(channels), source.errors) == (0, 0, [])

    run(test)


def test_a_database_that_has_moved_is_listened_to_where_it_is() -> None:
    """Present subscribers resume as after a gap; those that come later get the events of the other cluster."""

    async def test() -> None:
        feed, other = MemoryFeed(), MemoryFeed()
        channels, source = Channels(), MemorySource(feed)
        first = subscribe(source, channels)
        await receive(first, count=1)
        source.feed = other
        seen, error = await until_end(first)
        assert ([name for name, _ in seen], type(error)) == (["gap"], Interrupted)
        later = subscribe(source, channels)
        await receive(later, count=1)
        other.emit(7)
        feed.emit(8)
        assert await receive(later, count=1) == changes(7)
        await later.aclose()
        assert (feed.listener_count, other.listener_count) == (0, 0)

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
        began = threading.Event()
        source.authorize = lambda: [began.set(), gate.wait(60), authorize()][-1]  # type: ignore[method-assign]
        opening = asyncio.ensure_future(anext(subscribe(source, channels)))
        await until(began.is_set)
        opening.cancel()
        await asyncio.wait([opening])
        gate.set()
        await until(lambda: source.authorizations >= 1)
        await until(lambda: (feed.listener_count, len(channels)) == (0, 0))

    run(test)
