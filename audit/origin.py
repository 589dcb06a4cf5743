"""Where the work of this thread or request comes from: the id of the request, and the address of its caller."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import NamedTuple


class Origin(NamedTuple):
    """The id of a request, and a function that returns the address of its caller: few requests need it."""

    request_id: str
    address: Callable[[], str]


NOWHERE = Origin("", str)
COMMAND = Origin("", lambda: "command line")
origin: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)
