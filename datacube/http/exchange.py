"""One request and its response, where no task is needed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from datacube.serving.wsgi_bridge import Response


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


class CycleTransport(asyncio.Transport):
    """What a cycle of uvicorn writes to. `close` is the protocol's, which may let the client finish sending."""

    def __init__(self, transport: asyncio.Transport, *, close: Callable[[], None]) -> None:
        super().__init__()
        self._transport = transport
        self._close = close

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._transport.write(data)

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def close(self) -> None:
        self._close()


def message(
    response: Response, headers: Iterable[tuple[bytes, bytes]], *, keep_alive: bool, is_head: bool
) -> bytes:
    """Return a response with these headers as it is sent."""
    lines = [STATUS_LINE[response.status]]
    for name, value in headers:
        if name != b"content-length":
            lines += (name, b": ", value, b"\r\n")
    if response.status not in (204, 304):
        lines.append(b"content-length: %d\r\n" % len(response.content))
    lines.append(b"\r\n" if keep_alive else b"connection: close\r\n\r\n")
    if not is_head:
        lines.append(response.content)
    return b"".join(lines)
