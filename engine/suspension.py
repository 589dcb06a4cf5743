"""Suspended callers: synchronous code that waits without a thread of its own, where an event loop runs it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextvars import ContextVar
from functools import partial, wraps
from typing import Any, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
Settle = Callable[[Any, BaseException | None], None]


class Suspension(Protocol):
    """The way in which one caller waits. Every method is called in the event loop, by that caller.

    `caller` is the tenant or address that its work counts for.
    """

    @property
    def caller(self) -> Hashable: ...

    def until(self, start: Callable[[Settle], None]) -> Any:
        """Suspend the caller until the function that `start` receives is called in the event loop.

        Return the result that it is called with, or raise the exception.
        """

    def submit(self, work: Callable[[], Any], settle: Settle) -> None:
        """Run `work` in a thread when it is the caller's turn, then call `settle` in the event loop."""

    def spawn(self, work: Callable[[], Any], settle: Settle) -> None:
        """Run `work` in the event loop as the caller itself runs, then call `settle`."""

    def in_thread(self, work: Callable[[], T]) -> T:
        """Suspend the caller while `work` runs in a thread, with the caller's context variables."""

    def move_to_thread(self) -> None:
        """Begin the request again in a thread where it only reads; otherwise return.

        For results that would occupy the event loop for long.
        """


current: ContextVar[Suspension | None] = ContextVar("suspension", default=None)


def in_thread(work: Callable[[], T]) -> T:
    """Run work that blocks: in a thread while a caller in an event loop is suspended, else here."""
    suspension = current.get()
    return work() if suspension is None else suspension.in_thread(work)


def blocking(method: Callable[P, T]) -> Callable[P, T]:
    """Declare that a function blocks, so that callers in an event loop run it `in_thread`."""

    @wraps(method)
    def call(*args: P.args, **named: P.kwargs) -> T:
        suspension = current.get()
        if suspension is None:
            return method(*args, **named)
        return suspension.in_thread(partial(method, *args, **named))

    return call


def check_may_block() -> None:
    """Raise `RuntimeError` where blocking would stop an event loop; it is a defect of the caller."""
    if current.get() is not None:
        raise RuntimeError("This call blocks the event loop; declare it as blocking.")
