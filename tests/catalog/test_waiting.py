"""Waits, and what surrounds them in a thread of the server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from catalog.waiting import on_wait, wait


def test_a_wait_lends_the_place_of_its_thread() -> None:
    events: list[tuple[str, float]] = []

    @contextmanager
    def lend_place() -> Iterator[None]:
        events.append(("lent", time.monotonic()))
        yield
        events.append(("retaken", time.monotonic()))

    def work() -> None:
        on_wait(lend_place)
        wait(0.1)

    thread = Thread(target=work)
    thread.start()
    thread.join()
    assert [name for name, _ in events] == ["lent", "retaken"]
    assert events[1][1] - events[0][1] >= 0.1
    # Other threads have nothing to lend.
    wait(0)
    assert len(events) == 2
