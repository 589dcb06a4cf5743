"""Threads shared between tenants: shares, turns, and what is refused."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine
from types import SimpleNamespace
from typing import Any

import pytest

import catalog.waiting
from catalog.waiting import wait
from datacube.serving.admission import Admission, Caller
from datacube.serving.thread_pool import Threads
from engine import Unavailable

ONE, OTHER = Caller("team 1", is_verified=True), Caller("team 2", is_verified=True)
NEAR, FAR, FARTHER = (Caller(f"192.0.2.{number}") for number in (1, 2, 3))
BUSY = "The service is busy: too many requests are waiting. Try again in 1 s."


class Gate:
    """Work that runs until it is opened, and how much of each caller's is running."""

    def __init__(self, *, threads: int = 8, max_waiting: int = 200, max_wait: float = 30.0) -> None:
        self.opened = threading.Event()
        self.running: list[str] = []
        self.admission = Admission(Threads(threads, name="test"), max_waiting=max_waiting, max_wait=max_wait)

    def send(self, caller: Caller, *, count: int = 1, in_response: bool = False) -> list[asyncio.Future[str]]:
        futures = [
            asyncio.ensure_future(
                self.admission.run(self._work, caller.name, caller=caller, in_response=in_response)
            )
            for _ in range(count)
        ]
        for future in futures:
            future.add_done_callback(retrieve_exception)
        return futures

    def _work(self, name: str) -> str:
        self.running.append(name)
        assert self.opened.wait(60)
        return name

    async def reach(self, count: int) -> dict[str, int]:
        """Return how many jobs of each caller run when there are many; no more are started."""
        deadline = time.monotonic() + 60
        while len(self.running) < count and time.monotonic() < deadline:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.02)
        return {name: self.running.count(name) for name in self.running}


def retrieve_exception(future: asyncio.Future[str]) -> None:
    """Mark the exception of a future as seen.

    Else asyncio logs it when the future is collected as garbage, which may be in the middle of `ast.parse`; Python
    3.11 formats the traceback by `ast.parse` as well, and fails with a SystemError.
    """
    if not future.cancelled():
        future.exception()


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 100))


@pytest.mark.parametrize(
    ("sent", "running"),
    [
        ({ONE: 30}, {"team 1": 4}),
        ({ONE: 30, OTHER: 30}, {"team 1": 4, "team 2": 4}),
        ({NEAR: 30}, {"192.0.2.1": 2}),
        ({NEAR: 30, FAR: 30, FARTHER: 30}, {"192.0.2.1": 2, "192.0.2.2": 2}),
        ({NEAR: 30, FAR: 30, FARTHER: 30, ONE: 30}, {"192.0.2.1": 2, "192.0.2.2": 2, "team 1": 4}),
        ({ONE: 3}, {"team 1": 3}),
    ],
    ids=["one tenant", "two tenants", "one address", "all addresses", "a tenant among addresses", "few"],
)
def test_no_tenant_uses_more_than_its_share(sent: dict[Caller, int], running: dict[str, int]) -> None:
    async def work() -> None:
        gate = Gate()
        futures = [future for caller, count in sent.items() for future in gate.send(caller, count=count)]
        assert await gate.reach(sum(running.values())) == running
        gate.opened.set()
        assert len(await asyncio.gather(*futures)) == sum(sent.values())

    run(work())


def test_who_waits_is_served_in_turn() -> None:
    async def work() -> None:
        gate = Gate(threads=1)
        first = gate.send(ONE)
        await gate.reach(1)
        more = gate.send(ONE, count=4) + gate.send(OTHER, count=4)
        await asyncio.sleep(0)
        gate.opened.set()
        await asyncio.gather(*first, *more)
        assert gate.running[1:] == ["team 1", "team 2"] * 4

    run(work())


def test_what_waits_too_long_is_refused() -> None:
    async def work() -> None:
        gate = Gate(threads=2, max_wait=0.15)
        futures = gate.send(ONE, count=3)
        with pytest.raises(Unavailable) as caught:
            await futures[2]
        assert (caught.value.message, caught.value.retry_after) == (BUSY, 1)
        late = gate.send(OTHER)
        gate.opened.set()
        assert await asyncio.gather(late[0], futures[0]) == ["team 2", "team 1"]

    run(work())


def test_a_full_queue_refuses_the_tenant_that_fills_it() -> None:
    async def work() -> None:
        gate = Gate(threads=2, max_waiting=6)
        loud = gate.send(ONE, count=7)  # one runs
        quiet = gate.send(OTHER, count=3)  # one runs
        await gate.reach(2)
        refused = [future for future in loud if future.done()]
        assert len(refused) == 2 and not any(future.done() for future in quiet)
        with pytest.raises(Unavailable):
            await gate.send(ONE)[0]
        gate.opened.set()
        assert await asyncio.gather(*quiet) == ["team 2"] * 3

    run(work())


def test_what_belongs_to_an_answer_is_never_refused() -> None:
    async def work() -> None:
        gate = Gate(threads=2, max_waiting=1, max_wait=0.05)
        running, waiting = gate.send(ONE), gate.send(ONE, in_response=True, count=5)
        await asyncio.sleep(0.3)
        assert not any(future.done() for future in waiting)
        gate.opened.set()
        assert await asyncio.gather(*running, *waiting) == ["team 1"] * 6

    run(work())


def test_who_has_gone_frees_what_it_waited_for() -> None:
    async def work() -> None:
        gate = Gate(threads=2)
        futures = gate.send(ONE, count=3)
        await gate.reach(1)
        for future in futures[1:]:
            future.cancel()
        gate.opened.set()
        assert await futures[0] == "team 1"
        assert await gate.send(ONE)[0] == "team 1"

    run(work())


def test_an_error_of_the_work_is_raised() -> None:
    async def work() -> None:
        admission = Gate().admission
        with pytest.raises(ZeroDivisionError):
            await admission.run(lambda number: number // 0, 1, caller=ONE)
        assert await admission.run(lambda number: number + 1, 1, caller=ONE) == 2

    run(work())


@pytest.fixture
def over(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Let every wait of a job last until the event is set."""
    event = threading.Event()
    monkeypatch.setattr(catalog.waiting, "time", SimpleNamespace(sleep=lambda _: event.wait(60)))
    return event


def test_a_job_that_waits_lends_its_thread_to_others(over: threading.Event) -> None:
    async def work() -> None:
        admission = Admission(Threads(2, name="test"), max_waiting=200, max_wait=30.0)
        waiting = [asyncio.ensure_future(admission.run(wait, 0, caller=ONE)) for _ in range(2)]
        await asyncio.sleep(0)
        # One tenant has one of the two threads: its second job runs as soon as the first one waits.
        assert await admission.run(lambda number: number + 1, 1, caller=ONE) == 2
        assert await admission.run(lambda number: number + 1, 2, caller=OTHER) == 3
        assert not any(future.done() for future in waiting)
        over.set()
        await asyncio.gather(*waiting)
        assert (admission._free, admission._running, admission._unverified) == (2, {}, 0)

    run(work())


def test_jobs_that_go_on_after_a_wait_are_counted(over: threading.Event) -> None:
    """More jobs than threads run for a moment; no other starts until there is a thread for it."""

    async def work() -> None:
        gate = Gate(threads=2)
        waited = asyncio.ensure_future(
            gate.admission.run(lambda name: [wait(0), gate._work(name)], "after", caller=NEAR)
        )
        gate.send(ONE)
        more = gate.send(OTHER, count=2)
        await gate.reach(2)
        over.set()
        assert await gate.reach(3) == {"team 1": 1, "team 2": 1, "after": 1}
        assert gate.admission._free == -1
        gate.opened.set()
        await asyncio.gather(waited, *more)
        assert gate.running[3:] == ["team 2"]
        while (gate.admission._free, gate.admission._running) != (2, {}):  # until the guard of `run`
            await asyncio.sleep(0.01)

    run(work())
