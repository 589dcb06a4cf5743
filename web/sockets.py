"""Streams over a WebSocket: each message is one JSON frame."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import engine
from engine.encoding import dumps
from web.errors import status_of
from web.streaming import (
    SEND_SECONDS,
    Event,
    Messages,
    Receive,
    Send,
    Stream,
    StreamRefused,
    encoded,
    request_of,
    until_either,
)
from web.views import error_of

Close = dict[str, Any]
# Close codes. An error closes with 4000 plus its HTTP status: pages cannot read the status of a handshake.
_STATUS_BASE = 4000
_TRY_AGAIN_LATER = 1013
_NOT_ACCEPTED = 1008
_NOT_ACCEPTED_TEXT = "This socket accepts no messages; publish with POST."
_MAX_REASON_LENGTH = 120


async def serve(stream: Stream | None, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
    """Accept a handshake and send the stream's messages; refuse it if `stream` is None."""
    if stream is None:
        await send({"type": "websocket.close"})
        return
    if (await receive())["type"] != "websocket.connect":
        return
    await send({"type": "websocket.accept"})
    try:
        async with stream.listening(request_of(scope)) as (first, messages):
            # Close after both: the server cannot close while it waits in `receive`.
            close = await until_either(_send_all(first, messages, send), _wait_for_close(receive))
    except StreamRefused as error:
        close = await _refuse(send, error_of(error.error), envelope=stream.envelope)
    if close is not None:
        async with asyncio.timeout(SEND_SECONDS):
            await send({"type": "websocket.close", **close})


async def _send_all(first: Event | bytes, messages: Messages, send: Send) -> Close:
    """Send every message and return how to close. Raises `TimeoutError` if the client is too slow."""
    try:
        await _send(send, first)
        async for message in messages:
            await _send(send, message)
    except engine.Error as error:
        # The access was revoked, or the source was dropped.
        return await _refuse(send, error, envelope=lambda item: {"message": item.message})
    return _close(_TRY_AGAIN_LATER, "Too slow; reconnect with lastEventId.")


async def _send(send: Send, message: Event | bytes) -> None:
    for frame in frames(encoded(message)):
        async with asyncio.timeout(SEND_SECONDS):
            await send({"type": "websocket.send", "text": frame})


async def _refuse(send: Send, error: engine.Error, *, envelope: Callable[[engine.Error], Any]) -> Close:
    await _send(send, Event("error", envelope(error)))
    return _close(_STATUS_BASE + status_of(error), error.message)


def _close(code: int, reason: str) -> Close:
    # The protocol allows 123 bytes.
    return {"code": code, "reason": reason.encode()[:_MAX_REASON_LENGTH].decode(errors="ignore")}


async def _wait_for_close(receive: Receive) -> Close | None:
    """Wait until the client disconnects or sends a message, which closes the socket: streams are one-way."""
    disconnected = (await receive())["type"] == "websocket.disconnect"
    return None if disconnected else _close(_NOT_ACCEPTED, _NOT_ACCEPTED_TEXT)


def frames(piece: bytes) -> Iterator[str]:
    """Yield `{"event", "id"?, "data"}` as JSON for each message in a piece of a stream."""
    for message in piece.split(b"\n\n"):
        lines = (line.partition(b": ") for line in message.split(b"\n"))
        fields = {name.decode(): text for name, _, text in lines if name}
        if not fields:
            continue
        data = fields.pop("data")
        head = dumps({name: text.decode() for name, text in fields.items()})[:-1]
        # An object is already JSON; other data (the time of a ping) is text.
        payload = data if data.startswith(b"{") else dumps(data.decode())
        yield (head + b',"data":' + payload + b"}").decode()
