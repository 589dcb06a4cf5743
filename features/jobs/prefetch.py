"""Prefetches items in a background thread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from queue import Full, Queue
from threading import Event, Thread
from typing import Any, TypeVar

T = TypeVar("T")
_WAIT_SECONDS = 0.1
_END: Any = object()


def prefetch(items: Iterable[T], *, count: int) -> Iterator[T]:
    """Yield the same items, at most `count` of them produced in advance; raise what producing them raises.

    When the consumer stops, this waits for the thread to end: the source may be closed afterwards.
    """
    ready: Queue[tuple[T, BaseException | None]] = Queue(count)
    stopped = Event()
    thread = Thread(target=_produce, args=(items, ready, stopped), name="prefetch", daemon=True)
    thread.start()
    try:
        while (entry := ready.get())[0] is not _END:
            yield entry[0]
            del entry
        if entry[1] is not None:
            raise entry[1]
    finally:
        stopped.set()
        thread.join()


def _produce(items: Iterable[T], ready: Queue[tuple[T, BaseException | None]], stopped: Event) -> None:
    error: BaseException | None = None
    try:
        for item in items:
            if not _put((item, None), ready, stopped):
                return
            del item
    except BaseException as exception:  # noqa: BLE001 - it is raised in the consumer's thread
        error = exception
    _put((_END, error), ready, stopped)


def _put(entry: tuple[Any, Any], ready: Queue[Any], stopped: Event) -> bool:
    while not stopped.is_set():
        try:
            ready.put(entry, timeout=_WAIT_SECONDS)
            return True
        except Full:
            continue
    return False
