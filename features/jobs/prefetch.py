"""Lets a thread work on what comes next while its consumer is busy with what it got."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from queue import Full, Queue
from threading import Event, Thread
from typing import Any, TypeVar

T = TypeVar("T")
_WAIT_SECONDS = 0.1
_END: Any = object()


def prefetch(items: Iterable[T], *, count: int) -> Iterator[T]:
    """The same items, at most `count` of them made before they are asked for; what making them raises is raised.

    When the consumer stops, the thread has ended before it goes on: the source may be closed.
    """
    ready: Queue[tuple[T, BaseException | None]] = Queue(count)
    stopped = Event()
    thread = Thread(target=_make, args=(items, ready, stopped), name="ahead", daemon=True)
    thread.start()
    try:
        while (found := ready.get())[0] is not _END:
            yield found[0]
            del found
        if found[1] is not None:
            raise found[1]
    finally:
        stopped.set()
        thread.join()


def _make(items: Iterable[T], ready: Queue[tuple[T, BaseException | None]], stopped: Event) -> None:
    problem: BaseException | None = None
    try:
        for item in items:
            if not _put((item, None), ready, stopped):
                return
            del item
    except BaseException as raised:  # noqa: BLE001 - it is raised in the consumer's thread
        problem = raised
    _put((_END, problem), ready, stopped)


def _put(found: tuple[Any, Any], ready: Queue[Any], stopped: Event) -> bool:
    while not stopped.is_set():
        try:
            ready.put(found, timeout=_WAIT_SECONDS)
            return True
        except Full:
            continue
    return False
