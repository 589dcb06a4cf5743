"""Batches: what suspended callers ask for while a batch of the same kind is executed forms the next one."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from engine.request import join_ids, request_id
from engine.suspension import Settle, Suspension

# A batch executes its items and returns, in their order, the result of each or the exception that its caller gets.
Execute = Callable[[Sequence[Any]], Sequence[Any]]
_MAX_ITEMS = 64


class _Waiting(NamedTuple):
    item: Any
    identity: Hashable | None
    settle: Settle
    suspension: Suspension
    request_id: str


@dataclass
class _Queue:
    """What waits for one kind of batch, and the batch that is being executed."""

    execute: Execute
    in_loop: bool
    waiting: list[_Waiting] = field(default_factory=list)
    is_scheduled: bool = False
    running: list[_Waiting] = field(default_factory=list)

    def take(self) -> list[_Waiting]:
        """Take the next batch, in order of arrival, with no identity twice."""
        batch: list[_Waiting] = []
        later: list[_Waiting] = []
        identities: set[Hashable] = set()
        for entry in self.waiting:
            is_repeated = entry.identity is not None and entry.identity in identities
            if is_repeated or len(batch) >= _MAX_ITEMS:
                later.append(entry)
            else:
                batch.append(entry)
                identities.add(entry.identity)
        self.waiting = later
        return batch


class Batches:
    """The batches of one store, one at a time for each key. Used in the event loop alone, so no lock is needed.

    Nobody waits for a timer: a batch is whatever arrived in one turn of the loop, or while the last one was
    executed.
    """

    def __init__(self) -> None:
        self._queues: dict[Hashable, _Queue] = {}

    def run(
        self,
        suspension: Suspension,
        key: Hashable,
        execute: Execute,
        item: Any,
        *,
        identity: Hashable | None = None,
        in_loop: bool = False,
    ) -> Any:
        """Suspend the caller until its item was executed in a batch; return its result or raise its exception.

        Batches of one key follow each other, and two items of one identity are never in one batch. They are
        executed in a thread, or with `in_loop` by the event loop.
        """

        def add(settle: Settle) -> None:
            queue = self._queues.get(key)
            if queue is None:
                queue = self._queues[key] = _Queue(execute, in_loop)
            queue.waiting.append(_Waiting(item, identity, settle, suspension, request_id.get()))
            self._schedule(key, queue)

        return suspension.until(add)

    def _schedule(self, key: Hashable, queue: _Queue) -> None:
        if not queue.running and not queue.is_scheduled:
            queue.is_scheduled = True
            asyncio.get_running_loop().call_soon(self._start, key, queue)

    def _start(self, key: Hashable, queue: _Queue) -> None:
        queue.is_scheduled = False
        queue.running = queue.take()
        work = partial(_execute_for, join_ids(entry.request_id for entry in queue.running), queue)
        suspension = queue.running[0].suspension
        run = suspension.spawn if queue.in_loop else suspension.submit
        run(work, partial(self._finish, key, queue))

    def _finish(self, key: Hashable, queue: _Queue, results: Sequence[Any], error: BaseException | None) -> None:
        batch, queue.running = queue.running, []
        if queue.waiting:
            self._schedule(key, queue)
        else:
            del self._queues[key]
        for number, entry in enumerate(batch):
            result = results[number] if error is None else error
            if isinstance(result, BaseException):
                entry.settle(None, result)
            else:
                entry.settle(result, None)


def _execute_for(ids: str, queue: _Queue) -> Sequence[Any]:
    """Execute the running batch of a queue under the ids of the requests that wait for it."""
    token = request_id.set(ids)
    try:
        return queue.execute([entry.item for entry in queue.running])
    finally:
        request_id.reset(token)


def each_its_own(documents: Mapping[Any, dict[str, Any]], names: Sequence[Any]) -> list[dict[str, Any] | None]:
    """Return the document of each name, or None; a name that was there before gets a copy."""
    seen: set[Any] = set()
    results = []
    for name in names:
        document = documents.get(name)
        results.append(copy.deepcopy(document) if name in seen else document)
        seen.add(name)
    return results


def outcome_of(work: Callable[[], Any]) -> Any:
    """Run one item of a batch by itself and return its result or its exception."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - it is raised where its caller waits
        return error
