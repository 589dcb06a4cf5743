"""The queue of a subscriber: its limits, its end, and what it collects."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import engine
from tests.web.streams.memory import token
from web.streams.event import Event
from web.streams.event_queue import EventQueue


@pytest.fixture(autouse=True)
def limits(settings: Any) -> None:
    settings.MAX_STREAM_BACKLOG = 3
    settings.MAX_BODY_BYTES = 100


def put(queue: EventQueue, *numbers: int, size: int = 1) -> None:
    for number in numbers:
        queue.put((token(number), Event(str(number), b"1" * size)))


async def take(queue: EventQueue, *, timeout: float = 0.01, collect: float = 0.0) -> list[str]:
    return [event.name for _, event in await queue.take(timeout=timeout, collect=collect)]


@pytest.mark.parametrize(("size", "expected"), [(1, ["1", "2", "3"]), (40, ["1", "2"]), (101, [])])
def test_a_full_queue_closes_and_ignores_later_events(size: int, expected: list[str]) -> None:
    """What was accepted before is still delivered, so that the client resumes after it without a gap."""

    async def run() -> None:
        queue = EventQueue()
        put(queue, 1, 2, 3, 4, size=size)
        put(queue, 5, size=1)
        assert queue.closed
        assert await take(queue) == expected
        put(queue, 6)
        assert await take(queue) == []

    asyncio.run(run())


@pytest.mark.parametrize(("size", "expected"), [(1, ["3", "4", "5"]), (40, ["4", "5"]), (101, [])])
def test_a_lossy_queue_drops_its_oldest_events(size: int, expected: list[str]) -> None:
    async def run() -> None:
        queue = EventQueue(lossy=True)
        put(queue, 1, 2, 3, 4, 5, size=size)
        assert not queue.closed
        assert await take(queue) == expected

    asyncio.run(run())


def test_taken_events_no_longer_count() -> None:
    async def run() -> None:
        queue = EventQueue()
        for _ in range(10):
            put(queue, 1, 2, size=50)
            assert await take(queue) == ["1", "2"]
        assert not queue.closed

    asyncio.run(run())


def test_an_error_drops_what_is_pending() -> None:
    async def run() -> None:
        queue = EventQueue()
        put(queue, 1)
        queue.close(engine.Forbidden("No."))
        assert await take(queue, timeout=30) == []
        assert isinstance(queue.error, engine.Forbidden)

    asyncio.run(run())


def test_take_waits_for_the_first_event_and_collects_a_burst() -> None:
    async def run() -> None:
        queue = EventQueue()
        assert await take(queue) == []
        loop = asyncio.get_running_loop()
        loop.call_later(0.01, put, queue, 1)
        loop.call_later(0.02, put, queue, 2)
        assert await take(queue, timeout=30, collect=0.3) == ["1", "2"]
        loop.call_later(0.01, queue.close)
        assert await take(queue, timeout=30) == []

    asyncio.run(run())
