"""Streams as server-sent events, in a response of ASGI."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings

import engine
from web.streams.event import Batch, Event, Interrupted
from web.streams.request import StreamRequest
from web.streams.stream import Stream, StreamRefused
from web.streams.transport import (
    Receive,
    Send,
    read_body,
    send_in_time,
    send_response,
    until_either,
    wait_for_disconnect,
)
from web.views import error_response

MEDIA_TYPE = "text/event-stream"
_CHUNK_BYTES = 64 * 1024
_KEEP_ALIVE = b": ping\n\n"
_HEADERS = [
    (b"content-type", MEDIA_TYPE.encode()),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # turns off buffering in proxies
]


async def serve(stream: Stream, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
    """Send the events of a stream until it ends or the client disconnects; an error response if it is refused."""
    request = StreamRequest.of_scope(scope)
    if stream.takes_body and scope["method"] == "POST":
        body = await read_body(receive, max_bytes=settings.MAX_ACCOUNT_BODY_BYTES)
        if body is None:
            return
        request = replace(request, body=body)
    try:
        async with stream.subscribed(request) as (first, batches):
            extra = [(name.lower().encode(), value.encode()) for name, value in stream.headers(request).items()]
            await send({"type": "http.response.start", "status": 200, "headers": [*_HEADERS, *extra]})
            await until_either(_send_all(first, batches, send), wait_for_disconnect(receive))
    except StreamRefused as error:
        await send_response(send, error_response(error.error, envelope=stream.envelope))


def encode(event: Event) -> bytes:
    """Encode an event as a message of the stream."""
    id_line = b"id: " + event.id.encode() + b"\n" if event.id else b""
    return b"event: " + event.name.encode() + b"\n" + id_line + b"data: " + event.data + b"\n\n"


async def _send_all(first: Batch, batches: AsyncIterator[Batch], send: Send) -> None:
    try:
        await _send(send, first)
        async for batch in batches:
            await _send(send, batch)
    except Interrupted:
        pass  # the stream ends, and the client resumes
    except engine.Error as error:
        # The access was revoked, or the database was dropped.
        await _send(send, [Event.of("error", {"message": error.message})])
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _send(send: Send, batch: Batch) -> None:
    body = b"".join([event.encoded(encode) for event in batch]) or _KEEP_ALIVE
    for start in range(0, len(body), _CHUNK_BYTES):
        chunk = body[start : start + _CHUNK_BYTES]
        await send_in_time(send, {"type": "http.response.body", "body": chunk, "more_body": True})
