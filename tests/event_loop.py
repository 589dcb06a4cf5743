"""Runs synchronous functions as requests of the event loop, each in a greenlet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import uvloop

from datacube.serving.admission import Admission, Caller
from datacube.serving.loop_requests import LoopRequests, run_suspended
from datacube.serving.thread_pool import Threads

CALLER = Caller("team 1", is_verified=True)
# All tests share them: each test would otherwise leave its threads behind.
_threads = Threads(16, name="test-loop")


def in_event_loop(*works: Callable[[], Any], only_reads: bool = False) -> list[Any]:
    """Run functions in the event loop, all at once, and return the result or the exception of each."""

    async def run() -> list[Any]:
        admission = Admission(_threads, max_waiting=1_000, max_wait=60)
        requests = LoopRequests(len(works))
        futures = []
        for work in works:
            future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            suspended = partial(
                run_suspended, lambda work: work(), threads=admission, caller=CALLER, only_reads=only_reads
            )
            requests.submit(suspended, work, partial(_settle, future))
            futures.append(future)
        return [await future for future in futures]

    return uvloop.run(run())


def result_in_event_loop(work: Callable[[], Any]) -> Any:
    """Return the result of one function, or raise its exception."""
    (result,) = in_event_loop(work)
    if isinstance(result, BaseException):
        raise result
    return result


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    future.set_result(error if error is not None else result)
