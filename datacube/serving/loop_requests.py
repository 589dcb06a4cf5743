"""Requests that the event loop runs itself: synchronous code in greenlets, which are suspended while they wait."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from contextvars import Context, copy_context
from functools import partial
from time import thread_time
from typing import Any, TypeVar

from django.conf import settings
from django.db import close_old_connections
from greenlet import getcurrent, greenlet

from datacube.serving.admission import Admission, Caller
from datacube.serving.thread_pool import Place
from engine import suspension
from engine.suspension import Settle

log = logging.getLogger("datacube.serving")
T = TypeVar("T")
A = TypeVar("A")
_MAX_IDLE = 64


class MovedToThread(BaseException):
    """The request is to begin again in a thread; views do not handle it."""


class LoopRequests:
    """Runs work in the event loop, each in a greenlet; `count` at once, for `Admission`."""

    def __init__(self, count: int) -> None:
        self.count = count

    def submit(self, work: Callable[[A], Any], argument: A, settle: Settle, *, place: Place | None = None) -> None:
        """Run `work` until it is suspended, and call `settle` with its result when it has ended."""
        _Run(partial(work, argument), settle).start()


class _Idle(threading.local):
    """The greenlets of this thread that wait for work: to make one takes longer than to switch to it."""

    def __init__(self) -> None:
        self.greenlets: list[greenlet] = []


_idle = _Idle()


def _work_in_turn(run: _Run | None) -> None:
    """Run one work after the other, each in a context of its own, and wait among the idle greenlets in between."""
    own: Any = getcurrent()
    while run is not None:
        Context().run(run.perform)
        run = None  # nothing of a request is kept
        if len(_idle.greenlets) < _MAX_IDLE:
            _idle.greenlets.append(own)
            run = own.parent.switch()


class _Run:
    """One work in a greenlet. It is switched to by the event loop alone, never by another greenlet."""

    def __init__(self, work: Callable[[], Any], settle: Settle) -> None:
        self._work = work
        self._settle = settle
        self._loop = asyncio.get_running_loop()

    def start(self) -> None:
        if getcurrent().parent is not None:
            self._loop.call_soon(self.start)
            return
        worker = _idle.greenlets.pop() if _idle.greenlets else greenlet(_work_in_turn)
        _watched(worker.switch, self)

    def perform(self) -> None:
        """Run the work in the current greenlet; its result is settled by the loop."""
        try:
            result, error = self._work(), None
        except BaseException as exception:  # noqa: BLE001 - it is raised where the work is awaited
            result, error = None, exception
        self._loop.call_soon(self._settle, result, error)


def _watched(switch: Callable[..., Any], *arguments: Any) -> None:
    """Run a greenlet until it is suspended again, and log where it took more CPU than LOOP_WATCHDOG_MS."""
    limit = settings.LOOP_WATCHDOG_MS
    if not limit:
        switch(*arguments)
        return
    started = thread_time()
    switch(*arguments)
    milliseconds = (thread_time() - started) * 1000
    if milliseconds > limit:
        log.error("a request occupied the event loop for %.0f ms of CPU", milliseconds)


class LoopSuspension:
    """How a request in a greenlet waits: what blocks runs in `threads`, in turn of its caller."""

    def __init__(self, threads: Admission, caller: Caller, *, only_reads: bool) -> None:
        self._threads = threads
        self._only_reads = only_reads
        self.caller = caller

    def until(self, start: Callable[[Settle], None]) -> Any:
        suspended: Any = getcurrent()
        loop = asyncio.get_running_loop()

        def settle(result: Any, error: BaseException | None) -> None:
            if getcurrent() is not suspended.parent:  # in a greenlet, this one or another
                loop.call_soon(settle, result, error)
            elif error is None:
                _watched(suspended.switch, result)
            else:
                _watched(suspended.throw, error)

        start(settle)
        return suspended.parent.switch()

    def submit(self, work: Callable[[], Any], settle: Settle) -> None:
        self._threads.submit(_run_and_close, work, settle, caller=self.caller)

    def spawn(self, work: Callable[[], Any], settle: Settle) -> None:
        own = LoopSuspension(self._threads, self.caller, only_reads=False)
        _Run(partial(_run_as, own, work), settle).start()

    def in_thread(self, work: Callable[[], T]) -> T:
        context = copy_context()
        context.run(suspension.current.set, None)
        result: T = self.until(partial(self.submit, partial(context.run, work)))
        return result

    def move_to_thread(self) -> None:
        if self._only_reads:
            raise MovedToThread


def _run_and_close(work: Callable[[], T]) -> T:
    try:
        return work()
    finally:
        # As Django does at the end of a request: a broken SQL connection is not used again.
        close_old_connections()


def run_suspended(
    work: Callable[[A], T], argument: A, *, threads: Admission, caller: Caller, only_reads: bool
) -> T:
    """Run work in the current greenlet such that what blocks in it waits for the threads.

    Raises `MovedToThread` where the work must begin again in a thread, if it `only_reads`.
    """
    return _run_as(LoopSuspension(threads, caller, only_reads=only_reads), partial(work, argument))


def _run_as(own: LoopSuspension, work: Callable[[], T]) -> T:
    suspension.current.set(own)
    return work()
