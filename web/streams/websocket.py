"""Streams over a WebSocket: each event is one JSON frame."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import engine
from engine.encoding import dumps
from web.errors import status_of
from web.streams.event import Batch, Event, Interrupted
from web.streams.request import StreamRequest
from web.streams.stream import Stream, StreamRefused
from web.streams.transport import Receive, Send, send_in_time, until_either
from web.views import error_of

Close = dict[str, Any]
# Close codes. An error closes with 4000 plus its HTTP status: pages cannot read the status of a handshake.
_STATUS_BASE = 4000
_NORMAL = 1000
_NOT_ACCEPTED = 1008
_NOT_ACCEPTED_TEXT = "This socket accepts no messages; publish with POST."
_TRY_AGAIN_LATER = 1013
_TOO_SLOW_TEXT = "Too slow; reconnect with lastEventId."
_MAX_REASON_LENGTH = 120


async def serve(stream: Stream | None, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
    """Accept a handshake and send the events of the stream; refuse it if `stream` is None."""
    if stream is None:
        await send({"type": "websocket.close"})
        return
    if (await receive())["type"] != "websocket.connect":
        return
    await send({"type": "websocket.accept"})
    try:
        async with stream.subscribed(StreamRequest.of_scope(scope)) as (first, batches):
            # Close after both: the server cannot close while it waits in `receive`.
            close = await until_either(_send_all(first, batches, send), _wait_for_close(receive))
    except StreamRefused as error:
        close = await _refuse(send, error_of(error.error), envelope=stream.envelope)
    if close is not None:
        await send_in_time(send, {"type": "websocket.close", **close})


def encode(event: Event) -> str:
    """Encode an event as a frame: `{"event", "id"?, "data"}` as JSON. Data that is text becomes a JSON string."""
    fields = {"event": event.name, "id": event.id} if event.id else {"event": event.name}
    data = event.data if event.is_json else dumps(event.data.decode())
    return (dumps(fields)[:-1] + b',"data":' + data + b"}").decode()


async def _send_all(first: Batch, batches: AsyncIterator[Batch], send: Send) -> Close:
    """Send every event and return how to close. Raises `TimeoutError` if the client is too slow."""
    try:
        await _send(send, first)
        async for batch in batches:
            await _send(send, batch)
    except Interrupted:
        return _close(_TRY_AGAIN_LATER, _TOO_SLOW_TEXT)
    except engine.Error as error:
        # The access was revoked, or the database was dropped.
        return await _refuse(send, error, envelope=lambda item: {"message": item.message})
    return _close(_NORMAL, "")


async def _send(send: Send, batch: Batch) -> None:
    for event in batch:
        await send_in_time(send, {"type": "websocket.send", "text": event.encoded(encode)})


async def _refuse(send: Send, error: engine.Error, *, envelope: Callable[[engine.Error], Any]) -> Close:
    await _send(send, [Event.of("error", envelope(error))])
    return _close(_STATUS_BASE + status_of(error), error.message)


def _close(code: int, reason: str) -> Close:
    # The protocol allows 123 bytes.
    return {"code": code, "reason": reason.encode()[:_MAX_REASON_LENGTH].decode(errors="ignore")}


async def _wait_for_close(receive: Receive) -> Close | None:
    """Wait until the client disconnects or sends a message, which closes the socket: streams are one-way."""
    disconnected = (await receive())["type"] == "websocket.disconnect"
    return None if disconnected else _close(_NOT_ACCEPTED, _NOT_ACCEPTED_TEXT)
