"""What this process refuses now: all writes in maintenance, those that need space below MIN_FREE_BYTES."""

from __future__ import annotations

from dataclasses import dataclass

import engine
from engine.actions import Action, close
from engine.errors import OutOfSpace

_MAINTENANCE = "The service is in maintenance, and only reads are answered."
_FULL = "A disk of the service is nearly full; only reads and deletions are answered until space is free."
_RETRY_SECONDS = 30
_WRITES = (Action.INSERT, Action.WRITE, Action.DELETE, Action.DESIGN, Action.OWN)
_NEED_SPACE = (Action.INSERT, Action.WRITE, Action.DESIGN)


@dataclass(frozen=True)
class ServiceState:
    """What is refused: everything but reads in `maintenance`, what needs space where a disk `is_full`."""

    in_maintenance: bool = False
    message: str = ""
    is_full: bool = False


current = ServiceState()


def apply(state: ServiceState) -> None:
    """Make a state that of this process; requests that have begun are finished."""
    global current  # noqa: PLW0603 - the one state of the process
    current = state
    if state.in_maintenance:
        close(dict.fromkeys(_WRITES, maintenance))
    elif state.is_full:
        close(dict.fromkeys(_NEED_SPACE, out_of_space))
    else:
        close({})


def maintenance() -> engine.Unavailable:
    """Return the error for a write in maintenance."""
    error = engine.Unavailable(f"{_MAINTENANCE} {current.message}".rstrip(), retry_after=_RETRY_SECONDS)
    error.reason = "maintenance"
    return error


def out_of_space() -> OutOfSpace:
    """Return the error for a write while a disk is nearly full."""
    return OutOfSpace(_FULL, retry_after=_RETRY_SECONDS)
