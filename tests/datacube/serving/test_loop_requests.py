"""Requests in greenlets of the event loop: their results, their waits, and what is logged when one takes long."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from contextvars import ContextVar
from functools import partial
from typing import Any

import pytest
from greenlet import getcurrent

from datacube.serving.loop_requests import MovedToThread
from engine import Unavailable, suspension
from engine.suspension import Suspension, in_thread
from tests.event_loop import CALLER, in_event_loop, result_in_event_loop


def own() -> Suspension:
    current = suspension.current.get()
    assert current is not None
    return current


def test_results_and_exceptions() -> None:
    def fail() -> None:
        raise Unavailable("away")

    first, second, third = in_event_loop(lambda: 1, fail, lambda: in_thread(lambda: 3))
    assert (first, repr(second), third) == (1, "Unavailable('away')", 3)


def test_a_result_that_is_there_before_the_wait_begins() -> None:
    assert result_in_event_loop(lambda: own().until(lambda settle: settle("at once", None))) == "at once"


def test_spawned_work_runs_in_the_event_loop_for_the_same_caller() -> None:
    def spawned() -> tuple[str, object, object]:
        return threading.current_thread().name, own().caller, in_thread(lambda: "thread")

    result = result_in_event_loop(lambda: own().until(partial(own().spawn, spawned)))
    assert result == (threading.current_thread().name, CALLER, "thread")


def test_a_request_that_only_reads_moves_to_a_thread() -> None:
    def work() -> str:
        own().move_to_thread()
        return "stays"

    (moved,) = in_event_loop(work, only_reads=True)
    assert type(moved) is MovedToThread
    assert in_event_loop(work) == ["stays"]


def test_many_requests_wait_several_times() -> None:
    def work(number: int) -> int:
        for _ in range(5):
            number = in_thread(partial(int.__add__, number, 1))
        return number

    assert in_event_loop(*(partial(work, number) for number in range(50))) == [*range(5, 55)]


def test_each_work_begins_without_the_context_of_the_one_before() -> None:
    variable: ContextVar[str] = ContextVar("variable", default="nothing")
    greenlets = []

    def work() -> str:
        greenlets.append(getcurrent())
        before = variable.get()
        variable.set("something")
        return before

    assert in_event_loop(work, work) == ["nothing", "nothing"]
    assert greenlets[0] is greenlets[1]


def test_nothing_of_a_request_is_kept_by_its_greenlet() -> None:
    class Held: ...

    def work(held: Held) -> None:
        assert held

    held = Held()
    reference = weakref.ref(held)
    works = [partial(work, held)]
    del held
    assert in_event_loop(*works) == [None]
    works.clear()
    gc.collect()
    assert reference() is None


@pytest.mark.parametrize(("limit", "is_logged"), [(0, False), (10_000, False), (5, True)])
def test_the_watchdog_logs_what_occupies_the_event_loop(
    settings: Any, caplog: pytest.LogCaptureFixture, limit: int, is_logged: bool
) -> None:
    settings.LOOP_WATCHDOG_MS = limit

    def compute() -> None:
        end = time.thread_time() + 0.02
        while time.thread_time() < end:
            pass

    result_in_event_loop(compute)
    assert ("occupied the event loop" in caplog.text) is is_logged
