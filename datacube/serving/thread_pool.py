"""Threads that work for an event loop, with less overhead than an executor's futures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar

A, R = TypeVar("A"), TypeVar("R")
Settle = Callable[[Any, BaseException | None], None]


def settling(future: asyncio.Future[Any]) -> Settle:
    """Return a function that sets the result or the exception of a future."""

    def settle(result: Any, error: BaseException | None) -> None:
        if future.done():  # its caller was cancelled
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    return settle


class Threads:
    """A fixed number of daemon threads, started at their first use."""

    def __init__(self, count: int, *, name: str) -> None:
        self.count = count
        self._name = name
        self._work: SimpleQueue[Any] = SimpleQueue()
        self._lock = Lock()
        self._started = False

    async def run(self, work: Callable[[A], R], argument: A) -> R:
        """Return the result of `work`, or raise its exception."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self.submit(work, argument, settling(future))
        return await future

    def submit(self, work: Callable[[A], R], argument: A, settle: Settle) -> None:
        """Run `work` in a thread, then call `settle` with its result or its exception in the running loop."""
        if not self._started:
            self._start()
        self._work.put((work, argument, asyncio.get_running_loop(), settle))

    def _start(self) -> None:
        with self._lock:
            if not self._started:
                for number in range(self.count):
                    Thread(target=self._serve, name=f"{self._name}-{number}", daemon=True).start()
                self._started = True

    def _serve(self) -> None:
        while True:
            work, argument, loop, settle = self._work.get()
            try:
                result, error = work(argument), None
            except BaseException as exception:  # noqa: BLE001 - it is raised where the work is awaited
                result, error = None, exception
            try:
                loop.call_soon_threadsafe(settle, result, error)
            except RuntimeError:
                return  # the loop is closed: the process is about to end
            del work, argument, result, error, settle
