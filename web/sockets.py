"""A stream's messages over a WebSocket: the same listeners, each message a frame of JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import engine
from web.errors import status_of
from web.streaming import (
    SEND_SECONDS,
    Event,
    Messages,
    Receive,
    Refused,
    Send,
    Stream,
    encoded,
    request_of,
    until_either,
)
from web.views import error_of

Close = dict[str, Any]
# What a close tells: an error is 4000 and its HTTP status, which a page may read, unlike that of a handshake.
_OF_STATUS = 4000
_LOST = 1013
_UNASKED = 1008
_UNASKED_TEXT = "Nothing is taken here; publish with POST."
_MOST_REASON = 120


async def serve(stream: Stream | None, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
    """Answers a handshake; without a stream it is refused."""
    if stream is None:
        await send({"type": "websocket.close"})
        return
    if (await receive())["type"] != "websocket.connect":
        return
    await send({"type": "websocket.accept"})
    try:
        async with stream.listening(request_of(scope)) as (first, messages):
            # Closed behind both: the server closes nothing while it waits for what the listener says.
            close = await until_either(_tell(first, messages, send), _left(receive))
    except Refused as refused:
        close = await _refuse(send, error_of(refused.problem), envelope=stream.envelope)
    if close is not None:
        async with asyncio.timeout(SEND_SECONDS):
            await send({"type": "websocket.close", **close})


async def _tell(first: Event | bytes, messages: Messages, send: Send) -> Close:
    """Sends every message, and answers how to close; who does not take one in time is left."""
    try:
        await _send(send, first)
        async for message in messages:
            await _send(send, message)
    except engine.Error as problem:
        # Revoked or gone meanwhile.
        return await _refuse(send, problem, envelope=lambda error: {"message": error.message})
    return _close(_LOST, "Too slow; come back with lastEventId.")


async def _send(send: Send, message: Event | bytes) -> None:
    for frame in frames(encoded(message)):
        async with asyncio.timeout(SEND_SECONDS):
            await send({"type": "websocket.send", "text": frame})


async def _refuse(send: Send, error: engine.Error, *, envelope: Callable[[engine.Error], Any]) -> Close:
    await _send(send, Event("error", envelope(error)))
    return _close(_OF_STATUS + status_of(error), error.message)


def _close(code: int, reason: str) -> Close:
    # There is room for 123 bytes.
    return {"code": code, "reason": reason.encode()[:_MOST_REASON].decode(errors="ignore")}


async def _left(receive: Receive) -> Close | None:
    """Waits until the listener is gone, or says something, which ends it: a stream only tells."""
    gone = (await receive())["type"] == "websocket.disconnect"
    return None if gone else _close(_UNASKED, _UNASKED_TEXT)


def frames(sent: bytes) -> Iterator[str]:
    """`{"event", "id"?, "data"}` of each message in a piece of a stream."""
    for message in sent.split(b"\n\n"):
        lines = (line.partition(b": ") for line in message.split(b"\n"))
        found = {name.decode(): text for name, _, text in lines if name}
        if not found:
            continue
        data = found.pop("data")
        head = engine.dumps({name: text.decode() for name, text in found.items()})[:-1]
        # An object is JSON already; all else, which is the time of a ping, is text.
        whole = data if data.startswith(b"{") else engine.dumps(data.decode())
        yield (head + b',"data":' + whole + b"}").decode()
