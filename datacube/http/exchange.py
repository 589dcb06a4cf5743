"""One request and its response, where no task is needed."""

from __future__ import annotations

from typing import Any


class _NoEvent:
    """Replaces the event that a task would wait for."""

    def set(self) -> None: ...


_NO_EVENT = _NoEvent()


class Exchange:
    """A request that is served without a task, with the attributes that uvicorn's protocol reads."""

    __slots__ = (
        "body",
        "disconnected",
        "keep_alive",
        "more_body",
        "response_complete",
        "response_started",
        "scope",
    )
    message_event = _NO_EVENT

    def __init__(self, scope: Any, *, keep_alive: bool) -> None:
        self.scope = scope
        self.body = b""
        self.keep_alive = keep_alive
        self.more_body = True
        self.disconnected = False
        self.response_started = False
        self.response_complete = False
