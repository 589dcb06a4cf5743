"""Work that blocks: here, or in a thread while its caller in an event loop is suspended."""

from __future__ import annotations

import threading
from contextvars import ContextVar
from functools import partial
from typing import Any

import pytest

from engine import suspension
from engine.suspension import blocking, check_may_block, in_thread
from tests.event_loop import in_event_loop, result_in_event_loop

NAME: ContextVar[str] = ContextVar("name", default="")


@blocking
def thread_name(prefix: str = "") -> str:
    """The docstring stays."""
    check_may_block()
    return prefix + threading.current_thread().name


def test_without_an_event_loop_everything_runs_where_it_is_called() -> None:
    here = threading.current_thread().name
    assert thread_name() == in_thread(thread_name) == here
    assert suspension.current.get() is None
    assert (thread_name.__name__, thread_name.__doc__) == ("thread_name", "The docstring stays.")


def test_what_blocks_runs_in_a_thread() -> None:
    def work() -> tuple[str, str]:
        return threading.current_thread().name, thread_name(prefix="in ")

    loop, thread = result_in_event_loop(work)
    assert loop == threading.current_thread().name
    assert thread.startswith("in test-loop-")


def test_what_blocks_undeclared_is_refused_in_the_event_loop() -> None:
    check_may_block()
    with pytest.raises(RuntimeError, match="blocks the event loop"):
        result_in_event_loop(check_may_block)


def test_an_exception_of_the_thread_is_raised_where_it_is_awaited() -> None:
    def fail() -> None:
        raise LookupError("in the thread")

    def work() -> str:
        try:
            in_thread(fail)
        except LookupError as error:
            return f"caught: {error}"
        return "not raised"

    assert result_in_event_loop(work) == "caught: in the thread"


def test_each_caller_has_its_own_context_also_in_threads() -> None:
    def work(name: str) -> tuple[str, str, str]:
        before = NAME.get()
        NAME.set(name)
        return before, in_thread(NAME.get), NAME.get()

    names = [f"n{number}" for number in range(20)]
    assert in_event_loop(*(partial(work, name) for name in names)) == [("", name, name) for name in names]


def test_while_one_caller_waits_the_others_run() -> None:
    """Each waits in a thread until all have arrived: in a row they would never end."""
    barrier = threading.Barrier(8)

    def work() -> Any:
        return in_thread(partial(barrier.wait, 60))

    assert sorted(in_event_loop(*[work] * 8)) == [*range(8)]
