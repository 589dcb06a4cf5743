"""Threads that work for an event loop, with less overhead than an executor's futures."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Lock, Thread, local
from typing import Any, Protocol, TypeVar

from catalog.waiting import on_wait
from engine.suspension import Settle

A = TypeVar("A")
R = TypeVar("R")


class Place(Protocol):
    """The place that running work takes; both methods are called in the event loop."""

    def give(self) -> None:
        """Let other work run."""

    def retake(self) -> None:
        """Count the work as running again."""


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
    """A fixed number of daemon threads, started at their first use.

    Of those that are idle the one that worked last gets the next work: it is faster than one that has waited long.
    While the work of one waits (`catalog.waiting`), another thread takes its place; at most as many are added.
    """

    def __init__(self, count: int, *, name: str, at_exit: Callable[[], None] | None = None) -> None:
        """Prepare the threads. `at_exit` is called in a thread that ends because another one took its place."""
        self.count = count
        self._name = name
        self._idle: list[SimpleQueue[Any]] = []  # the queue of each idle thread; the last one worked last
        self._waiting: deque[Any] = deque()
        self._at_exit = at_exit
        self._lock = Lock()
        self._started = False
        self._current = local()
        self._extra = 0

    async def run(self, work: Callable[[A], R], argument: A) -> R:
        """Return the result of `work`, or raise its exception."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self.submit(work, argument, settling(future))
        return await future

    def submit(self, work: Callable[[A], R], argument: A, settle: Settle, *, place: Place | None = None) -> None:
        """Run `work` in a thread, then call `settle` with its result or its exception in the running loop."""
        if not self._started:
            self._start()
        job = (work, argument, asyncio.get_running_loop(), settle, place)
        with self._lock:
            if not self._idle:
                self._waiting.append(job)
                return
            queue = self._idle.pop()
        queue.put(job)

    def _next(self, queue: SimpleQueue[Any]) -> Any:
        """Return the oldest work that waits, or wait for work in the thread's own queue."""
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._idle.append(queue)
        return queue.get()

    def _start(self) -> None:
        with self._lock:
            if not self._started:
                for number in range(self.count):
                    Thread(target=self._serve, name=f"{self._name}-{number}", daemon=True).start()
                self._started = True

    def _serve(self) -> None:
        on_wait(self._lend_place)
        current = self._current
        current.is_extra = False
        queue: SimpleQueue[Any] = SimpleQueue()
        while not current.is_extra:
            work, argument, loop, settle, place = self._next(queue)
            current.loop, current.place = loop, place
            try:
                result, error = work(argument), None
            except BaseException as exception:  # noqa: BLE001 - it is raised where the work is awaited
                result, error = None, exception
            try:
                loop.call_soon_threadsafe(settle, result, error)
            except RuntimeError:
                return  # the loop is closed: the process is about to end
            del work, argument, result, error, settle, place
            current.place = None
        if self._at_exit is not None:
            self._at_exit()
        with self._lock:
            self._extra -= 1

    @contextmanager
    def _lend_place(self) -> Iterator[None]:
        """Let a new thread work in the place of this one, which ends after its work. Lends nothing at the limit."""
        current, place = self._current, self._current.place
        if place is None or not self._may_lend(is_extra=current.is_extra):
            yield
            return
        current.loop.call_soon_threadsafe(place.give)
        try:
            yield
        finally:
            current.loop.call_soon_threadsafe(place.retake)

    def _may_lend(self, *, is_extra: bool) -> bool:
        """Return whether another thread may work in its place; start it unless this one has a successor already."""
        if is_extra:
            return True
        with self._lock:
            if self._extra >= self.count:
                return False
            self._extra += 1
        self._current.is_extra = True
        Thread(target=self._serve, name=f"{self._name}-extra", daemon=True).start()
        return True
