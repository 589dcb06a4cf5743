"""Threads that work for an event loop: an executor's futures, with a lock and a state each, cost more than this."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar

A, R = TypeVar("A"), TypeVar("R")


class Threads:
    """So many threads, started at their first use, that end with the process."""

    def __init__(self, count: int, *, name: str) -> None:
        self._count = count
        self._name = name
        self._work: SimpleQueue[Any] = SimpleQueue()
        self._lock = Lock()
        self._started = False

    async def run(self, work: Callable[[A], R], argument: A) -> R:
        """What `work` answers or raises."""
        if not self._started:
            self._start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[R] = loop.create_future()
        self._work.put((work, argument, loop, future))
        return await future

    def _start(self) -> None:
        with self._lock:
            if not self._started:
                for number in range(self._count):
                    Thread(target=self._serve, name=f"{self._name}-{number}", daemon=True).start()
                self._started = True

    def _serve(self) -> None:
        while True:
            work, argument, loop, future = self._work.get()
            try:
                found, problem = work(argument), None
            except BaseException as raised:  # noqa: BLE001 - it is raised where the work is awaited
                found, problem = None, raised
            try:
                loop.call_soon_threadsafe(_settle, future, found, problem)
            except RuntimeError:
                return  # the loop is closed: the process is about to end
            del work, argument, found, problem, future


def _settle(future: asyncio.Future[Any], found: Any, problem: BaseException | None) -> None:
    if future.done():  # whoever waited for it has gone
        return
    if problem is None:
        future.set_result(found)
    else:
        future.set_exception(problem)
