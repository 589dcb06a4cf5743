"""Shares the request threads of a process between tenants, and refuses requests that would wait for too long.

Everything here runs in the event loop, so no lock is needed.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar

from datacube.serving.thread_pool import Place, settling
from engine import Unavailable
from engine.suspension import Settle

A = TypeVar("A")
R = TypeVar("R")
_SWEEP_SECONDS = 0.1
_NEVER = float("inf")
_BUSY = "The service is busy: too many requests are waiting. Try again in {seconds} s."
_RETRY_SECONDS = 1


class Caller(NamedTuple):
    """The tenant or the network address that a request counts for."""

    name: str
    is_verified: bool = False


@dataclass(slots=True, eq=False)
class _Job:
    work: Callable[[Any], Any]
    argument: Any
    caller: Caller
    settle: Settle
    expires: float  # of the monotonic clock; infinity for parts of a response that has begun
    admission: Admission

    def give(self) -> None:
        """Let another job run while this one waits."""
        self.admission.give(self.caller)

    def retake(self) -> None:
        """Count this job as running again, even if no thread is free: it may hold what others wait for."""
        self.admission.take(self.caller)


class Executor(Protocol):
    """What runs work for `Admission`: threads, or greenlets of the event loop."""

    count: int

    def submit(
        self, work: Callable[[A], Any], argument: A, settle: Settle, *, place: Place | None = None
    ) -> None: ...


class Admission:
    """Runs work in threads: one tenant, and all unverified callers together, use at most half of them each.

    One unverified address uses at most a quarter. Waiting work is run tenant by tenant in turn. Raises
    `Unavailable` after `max_wait` seconds in the queue, or at once where `max_waiting` requests wait already; then
    the tenant with the longest queue is refused, not the last one to arrive.
    """

    def __init__(self, threads: Executor, *, max_waiting: int, max_wait: float) -> None:
        self._threads = threads
        self._free = threads.count
        self._max_waiting = max_waiting
        self._max_wait = max_wait
        self._half = max(1, threads.count // 2)
        self._quarter = max(1, threads.count // 4)
        self._running: dict[str, int] = {}
        self._unverified = 0
        self._queues: OrderedDict[str, deque[_Job]] = OrderedDict()
        self._waiting = 0
        self._sweeping = False

    @property
    def size(self) -> int:
        """Return how many jobs can run at once."""
        return self._threads.count

    @property
    def running(self) -> int:
        """Return how many jobs run; more than `size` where some went on after a wait."""
        return self._threads.count - self._free

    @property
    def waiting(self) -> int:
        """Return how many jobs wait."""
        return self._waiting

    async def run(self, work: Callable[[A], R], argument: A, *, caller: Caller, in_response: bool = False) -> R:
        """Return the result of `work`, or raise its exception. With `in_response` it is never refused."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self.submit(work, argument, settling(future), caller=caller, in_response=in_response)
        return await future

    def submit(
        self, work: Callable[[A], R], argument: A, settle: Settle, *, caller: Caller, in_response: bool = False
    ) -> None:
        """Run `work` in its turn, then call `settle` with its result or its exception."""
        expires = _NEVER if in_response else time.monotonic() + self._max_wait
        job = _Job(work, argument, caller, settle, expires, self)
        if self._free > 0 and self._may_run(caller):
            self._start(job)
        else:
            self._enqueue(job)

    def _may_run(self, caller: Caller) -> bool:
        running = self._running.get(caller.name, 0)
        if caller.is_verified:
            return running < self._half
        return running < self._quarter and self._unverified < self._half

    def _start(self, job: _Job) -> None:
        self.take(job.caller)
        self._threads.submit(
            job.work, job.argument, lambda result, error: self._finish(job, result, error), place=job
        )

    def _finish(self, job: _Job, result: Any, error: BaseException | None) -> None:
        self.give(job.caller)
        job.settle(result, error)

    def take(self, caller: Caller) -> None:
        """Count a running job of a caller."""
        self._free -= 1
        self._running[caller.name] = self._running.get(caller.name, 0) + 1
        self._unverified += not caller.is_verified

    def give(self, caller: Caller) -> None:
        """Free the thread of a caller's job for the next one in turn."""
        self._free += 1
        self._running[caller.name] -= 1
        if not self._running[caller.name]:
            del self._running[caller.name]
        self._unverified -= not caller.is_verified
        # Below zero where jobs went on after a wait.
        if self._queues and self._free > 0:
            self._start_next()

    # --- the queue --------------------------------------------------------------------------------

    def _enqueue(self, job: _Job) -> None:
        in_response = job.expires == _NEVER
        if self._waiting >= self._max_waiting and not in_response and not self._make_room(job):
            job.settle(None, _busy())
            return
        queue = self._queues.setdefault(job.caller.name, deque())
        if in_response:
            queue.appendleft(job)
        else:
            queue.append(job)
        self._waiting += 1
        if not self._sweeping:
            self._sweeping = True
            asyncio.get_running_loop().call_later(_SWEEP_SECONDS, self._sweep)

    def _make_room(self, job: _Job) -> bool:
        """Refuse the newest request of the longest queue; return False where that is the queue of the job."""
        longest = max(self._queues, key=lambda name: len(self._queues[name]), default="")
        queue = self._queues.get(longest, deque())
        own = self._queues.get(job.caller.name, ())
        if len(queue) <= len(own) + 1 or queue[-1].expires == _NEVER:
            return False
        self._refuse(queue[-1])
        return True

    def _refuse(self, job: _Job) -> None:
        name = job.caller.name
        self._queues[name].remove(job)
        self._waiting -= 1
        if not self._queues[name]:
            del self._queues[name]
        job.settle(None, _busy())

    def _start_next(self) -> None:
        """Start the oldest job of the first tenant in turn that may run one more."""
        name = next((name for name, queue in self._queues.items() if self._may_run(queue[0].caller)), None)
        if name is None:
            return
        queue = self._queues[name]
        job = queue.popleft()
        self._waiting -= 1
        if queue:
            self._queues.move_to_end(name)
        else:
            del self._queues[name]
        self._start(job)

    def _sweep(self) -> None:
        """Refuse jobs that have waited for too long; repeat while any job waits."""
        now = time.monotonic()
        for job in [job for queue in self._queues.values() for job in queue if job.expires <= now]:
            self._refuse(job)
        self._sweeping = bool(self._queues)
        if self._sweeping:
            asyncio.get_running_loop().call_later(_SWEEP_SECONDS, self._sweep)


def _busy() -> Unavailable:
    error = Unavailable(_BUSY.format(seconds=_RETRY_SECONDS), retry_after=_RETRY_SECONDS)
    error.reason = "busy"
    return error
