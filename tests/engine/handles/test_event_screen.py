"""The queue in which events wait until it is known whether they are visible."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId

from engine.events.event import RawChange, Token
from engine.handles import event_screen
from engine.handles.event_screen import EventScreen


def raw(number: int) -> RawChange:
    return RawChange(Token(number, 0), "db", "c", "insert", ObjectId(), 1, "ann", datetime(2026, 1, 1))


def test_events_come_in_order_in_batches() -> None:
    received: list[int] = []
    is_done, may_go = threading.Event(), threading.Event()

    def screen(events: Sequence[RawChange]) -> None:
        may_go.wait(60)
        received.extend(event.token.seconds for event in events)
        if len(received) == 5:
            is_done.set()

    waiting = EventScreen(screen, lambda: received.append(-1))
    for number in range(5):
        waiting.put(raw(number))
    assert waiting.is_busy
    may_go.set()
    assert is_done.wait(60)
    assert received == [0, 1, 2, 3, 4]


def test_a_failure_is_a_gap_and_later_events_are_screened() -> None:
    gaps, received = threading.Event(), threading.Event()
    failing = [True]

    def screen(events: Sequence[RawChange]) -> None:
        if failing.pop() if failing else False:
            raise RuntimeError("MongoDB is away")
        received.set()

    waiting = EventScreen(screen, gaps.set)
    waiting.put(raw(1))
    assert gaps.wait(60)
    waiting.put(raw(2))
    assert received.wait(60)


def test_too_many_waiting_events_are_a_gap(monkeypatch: Any) -> None:
    monkeypatch.setattr(event_screen, "_MAX_WAITING", 2)
    may_go, gaps, closed = threading.Event(), [], []
    waiting = EventScreen(lambda events: closed.append(may_go.wait(60)), lambda: gaps.append(1))
    for number in range(8):
        waiting.put(raw(number))
    assert gaps != []
    waiting.close()
    may_go.set()
