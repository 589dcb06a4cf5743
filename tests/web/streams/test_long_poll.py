"""Long polls: missed events, live events, the position to continue from, and channels that stay open."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

import engine
from engine.events import Token
from tests.web.streams.memory import MemoryFeed, MemorySource, token
from tests.web.streams.receiving import changes, run, summary, until
from web.streams import long_poll
from web.streams.long_poll import EventPage, LongPolls


def content(page: EventPage) -> tuple[Any, Token]:
    return summary(page.events), page.position


def test_missed_events_are_read_page_by_page() -> None:
    async def test() -> None:
        feed, polls = MemoryFeed(page_size=2), LongPolls()
        feed.emit(1, 2, 3)
        source = MemorySource(feed)
        first = await polls.read(source, since=token(0), timeout=30)
        assert content(first) == (changes(1, 2), token(2))
        assert content(await polls.read(source, since=first.position, timeout=30)) == (changes(3), token(3))

    run(test)


def test_requests_that_are_behind_share_what_is_read() -> None:
    async def test() -> None:
        feed, polls, reads = MemoryFeed(page_size=2), LongPolls(), []
        feed.before_read = lambda: reads.append(1)
        feed.emit(1, 2, 3)
        source = MemorySource(feed)
        pages = await asyncio.gather(*(polls.read(source, since=token(0), timeout=30) for _ in range(5)))
        assert [content(page) for page in pages] == [(changes(1, 2), token(2))] * 5
        assert len(reads) == 1
        # The last page is read by each one: events may have happened since another request has read it.
        await polls.read(source, since=token(2), timeout=0)
        feed.emit(4)
        assert content(await polls.read(source, since=token(2), timeout=0)) == (changes(3, 4), token(4))

    run(test)


def test_a_request_that_ends_does_not_end_what_others_read() -> None:
    async def test() -> None:
        feed, polls, began = MemoryFeed(page_size=2), LongPolls(), threading.Event()
        feed.emit(1, 2, 3)
        feed.before_read = lambda: began.wait(60)
        source = MemorySource(feed)
        first, second = (asyncio.create_task(polls.read(source, since=token(0), timeout=30)) for _ in range(2))
        await asyncio.sleep(0.1)
        first.cancel()
        began.set()
        assert content(await second) == (changes(1, 2), token(2))

    run(test)


def test_a_poll_waits_for_the_first_event_and_collects_the_next() -> None:
    async def test() -> None:
        feed, polls, source = MemoryFeed(), LongPolls(), MemorySource(MemoryFeed())
        source.feed, source.batch_seconds = feed, 0.2
        waiting = asyncio.create_task(polls.read(source, since=token(0), timeout=30))
        await until(lambda: feed.listener_count == 1)
        await asyncio.sleep(0.05)
        assert not waiting.done()
        feed.emit(1)
        feed.emit(2, 3)
        assert content(await waiting) == (changes(1, 2, 3), token(3))

    run(test)


def test_late_deliveries_of_the_past_end_no_poll() -> None:
    async def test() -> None:
        feed, polls = MemoryFeed(), LongPolls()
        waiting = asyncio.create_task(polls.read(MemorySource(feed), since=token(5), timeout=30))
        await until(lambda: feed.listener_count == 1)
        feed.emit(3, 5)  # the change stream is behind the position
        await asyncio.sleep(0.05)
        feed.emit(6)
        assert content(await waiting) == (changes(6), token(6))

    run(test)


def test_events_between_two_polls_are_sent_once() -> None:
    async def test() -> None:
        feed, polls, source = MemoryFeed(), LongPolls(), MemorySource(MemoryFeed())
        source.feed, source.batch_seconds = feed, 0.05
        position, seen = token(0), []
        for number in range(1, 8, 2):
            feed.emit(number)
            feed.before_read = lambda number=number: feed.emit(number + 1)  # arrives twice: in the queue as well
            page = await polls.read(source, since=position, timeout=30)
            feed.before_read = lambda: None
            seen += summary(page.events)
            position = page.position
        assert (seen, position) == (changes(*range(1, 9)), token(8))

    run(test)


def test_without_events_a_poll_ends_where_it_has_read_to() -> None:
    async def test() -> None:
        feed, polls = MemoryFeed(), LongPolls()
        feed.emit(1, 2_000)  # the second is none of this source
        page = await polls.read(MemorySource(feed), since=token(1), timeout=0.05)
        assert content(page) == ([], token(2_000))

    run(test)


def test_a_channel_stays_open_between_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        monkeypatch.setattr(long_poll, "_LINGER_SECONDS", 60)
        feed, polls, source = MemoryFeed(), LongPolls(), MemorySource(MemoryFeed())
        source.feed, source.interval_seconds = feed, 3600
        for _ in range(3):
            await asyncio.gather(*(polls.read(source, since=token(0), timeout=0.02) for _ in range(2)))
            assert feed.listener_count == 1
        assert source.authorizations == 1
        monkeypatch.setattr(long_poll, "_LINGER_SECONDS", 0.1)
        await polls.read(source, since=token(0), timeout=0.02)
        feed.emit(*range(1, 50))  # nobody waits
        await until(lambda: feed.listener_count == 0)

    run(test)


def test_a_revoked_key_ends_its_polls() -> None:
    async def test() -> None:
        feed, polls, source = MemoryFeed(), LongPolls(), MemorySource(MemoryFeed())
        source.feed = feed
        revoked = engine.Unauthenticated("Invalid API Key.")
        source.errors = [None, None, revoked, revoked]
        with pytest.raises(engine.Unauthenticated):
            await polls.read(source, since=token(0), timeout=30)
        assert feed.listener_count == 0
        with pytest.raises(engine.Unauthenticated):
            await polls.read(source, since=token(0), timeout=30)

    run(test)


def test_refused_polls(settings: Any) -> None:
    async def test() -> None:
        feed, polls = MemoryFeed(), LongPolls()
        feed.before_read = lambda: feed.check(token(-1))
        with pytest.raises(engine.Conflict):
            await polls.read(MemorySource(feed), since=token(-1), timeout=30)
        feed.before_read = lambda: None
        settings.MAX_STREAMS = 1
        waiting = asyncio.create_task(polls.read(MemorySource(feed), since=token(0), timeout=30))
        await asyncio.sleep(0)
        with pytest.raises(engine.LimitExceeded, match="MAX_STREAMS"):
            await polls.read(MemorySource(feed), since=token(0), timeout=30)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert content(await polls.read(MemorySource(feed), since=token(0), timeout=0)) == ([], token(0))

    run(test)
