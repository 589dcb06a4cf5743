"""Work done in threads for an event loop."""

from __future__ import annotations

import asyncio
import threading

import pytest

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


def test_who_does_not_wait_any_more_breaks_nothing() -> None:
    async def work() -> int:
        threads, gate = Threads(1, name="test"), threading.Event()
        waiting = asyncio.ensure_future(threads.run(lambda _: gate.wait(5), None))
        await asyncio.sleep(0.05)
        waiting.cancel()
        gate.set()
        return await threads.run(lambda number: number, 3)

    assert asyncio.run(work()) == 3
