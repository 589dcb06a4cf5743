"""Work done in threads for an event loop."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

import catalog.waiting
from catalog.waiting import wait
from datacube.serving.thread_pool import Threads


def test_answers_and_errors_come_back() -> None:
    async def work() -> str:
        threads = Threads(2, name="test")
        doubled = await asyncio.gather(*(threads.run(lambda number: number * 2, item) for item in range(100)))
        assert doubled == [item * 2 for item in range(100)]
        with pytest.raises(ZeroDivisionError):
            await threads.run(lambda number: number // 0, 1)
        return await threads.run(lambda _: threading.current_thread().name, None)

    name = asyncio.run(work())
    assert name.startswith("test-")


def test_the_thread_that_worked_last_works_next_and_all_of_them_at_once() -> None:
    barrier = threading.Barrier(3)

    def name(_: object) -> str:
        return threading.current_thread().name

    def name_of_all(_: object) -> str:
        barrier.wait(60)
        return threading.current_thread().name

    async def work() -> None:
        threads = Threads(3, name="test")
        together = await asyncio.gather(*(threads.run(name_of_all, None) for _ in range(3)))
        assert len({*together}) == 3
        names = set()
        for _ in range(20):
            while len(threads._idle) < 3:
                await asyncio.sleep(0.001)
            names.add(await threads.run(name, None))
        assert len(names) == 1

    asyncio.run(work())


def test_who_does_not_wait_any_more_breaks_nothing() -> None:
    async def work() -> int:
        threads, gate = Threads(1, name="test"), threading.Event()
        waiting = asyncio.ensure_future(threads.run(lambda _: gate.wait(60), None))
        await asyncio.sleep(0.05)
        waiting.cancel()
        gate.set()
        return await threads.run(lambda number: number, 3)

    assert asyncio.run(work()) == 3


class Place:
    """Records what happens to the place of a job."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def give(self) -> None:
        self.events.append("given")

    def retake(self) -> None:
        self.events.append("retaken")


class Waits:
    """The waits of jobs, which last until `over` is set."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.begun: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.begun.append(seconds)
        assert self.over.wait(60)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Waits:
    waits = Waits()
    monkeypatch.setattr(catalog.waiting, "time", waits)
    return waits


def test_another_thread_works_while_one_waits(waits: Waits) -> None:
    async def work() -> None:
        ended: list[str] = []
        threads = Threads(1, name="test", at_exit=lambda: ended.append(threading.current_thread().name))
        place, done = Place(), asyncio.get_running_loop().create_future()
        threads.submit(
            lambda _: [wait(0.3), wait(0.1)], None, lambda result, error: done.set_result(error), place=place
        )
        assert await threads.run(lambda _: threading.current_thread().name, None) == "test-extra"
        assert not done.done()
        waits.over.set()
        assert await done is None
        assert place.events == ["given", "retaken"] * 2
        # The thread that waited has a successor and ends.
        names = {await threads.run(lambda _: threading.current_thread().name, None) for _ in range(5)}
        assert names == {"test-extra"}
        while not ended:
            await asyncio.sleep(0.01)
        assert ended == ["test-0"]

    asyncio.run(work())


def test_a_failure_after_a_wait_comes_back() -> None:
    async def work() -> None:
        place, threads, done = Place(), Threads(1, name="test"), asyncio.get_running_loop().create_future()
        threads.submit(
            lambda _: [wait(0.01), 1 // 0], None, lambda result, error: done.set_result(error), place=place
        )
        assert isinstance(await done, ZeroDivisionError)
        assert place.events == ["given", "retaken"]

    asyncio.run(work())


def test_only_as_many_threads_are_added_as_there_are(waits: Waits) -> None:
    async def work() -> None:
        threads, places = Threads(2, name="test"), [Place() for _ in range(6)]
        done = [asyncio.get_running_loop().create_future() for _ in places]
        for place, future in zip(places, done, strict=True):
            threads.submit(lambda _: wait(0.3), None, lambda _, error, to=future: to.set_result(error), place=place)
        while len(waits.begun) < 4:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        # Four wait at the same time: the two that lend nothing keep their threads.
        assert len(waits.begun) == 4
        waits.over.set()
        assert await asyncio.gather(*done) == [None] * 6
        assert sum(place.events == ["given", "retaken"] for place in places) < 6

    asyncio.run(work())


def test_a_wait_outside_of_the_threads_sleeps() -> None:
    began = time.monotonic()
    wait(0.05)
    assert time.monotonic() - began >= 0.05


def test_work_without_a_place_keeps_its_thread() -> None:
    async def work() -> None:
        threads = Threads(1, name="test")
        began = time.monotonic()
        first = asyncio.ensure_future(threads.run(lambda _: wait(0.1), None))
        await asyncio.sleep(0)
        assert await threads.run(lambda _: threading.current_thread().name, None) == "test-0"
        assert time.monotonic() - began >= 0.1
        await first

    asyncio.run(work())
