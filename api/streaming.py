"""Server-sent events: an ASGI answer made from an asynchronous iterator of events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.http import HttpResponse, QueryDict, parse_cookie

import engine
from api.views import Envelope, error_response

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
MEDIA_TYPE = "text/event-stream"
_PING_SECONDS = 10.0
_HEADERS = [
    (b"content-type", MEDIA_TYPE.encode()),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # a proxy that buffered would hold the events back
]


@dataclass(frozen=True)
class Event:
    """One message: its name, data that is sent as JSON, and the id by which a client goes on after it."""

    name: str
    data: Any
    id: str = ""

    def encode(self) -> bytes:
        place = b"id: " + self.id.encode() + b"\n" if self.id else b""
        return b"event: " + self.name.encode() + b"\n" + place + b"data: " + engine.dumps(self.data) + b"\n\n"


@dataclass(frozen=True)
class StreamRequest:
    """What a stream may know of who asks for it."""

    query: QueryDict
    authorization: str | None
    last_event_id: str
    cookies: Mapping[str, str] = field(default_factory=dict)


Source = Callable[[StreamRequest], AsyncIterator[Event]]


class Stream:
    """Serves one source to at most MAX_STREAMS listeners of this process, errors in the surface's envelope."""

    def __init__(self, source: Source, *, envelope: Envelope) -> None:
        self._source = source
        self._envelope = envelope
        self._open = 0

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        events = self._source(_request(scope))
        try:
            if self._open >= settings.MAX_STREAMS:
                text = f"This process serves at most {settings.MAX_STREAMS} streams (MAX_STREAMS)."
                raise engine.LimitExceeded(text, retry_after=5)
            first = await anext(events)
        except Exception as problem:  # noqa: BLE001 - the one handler of a stream
            await _send_whole(send, error_response(problem, envelope=self._envelope))
            return
        self._open += 1
        try:
            await until_either(_pump(first, events, send), gone(receive))
        finally:
            self._open -= 1
            await events.aclose()  # type: ignore[attr-defined]


def _request(scope: Mapping[str, Any]) -> StreamRequest:
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        # Joined as everywhere else: two credentials are none, and two last ids are no token.
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    query = QueryDict(scope["query_string"].decode("latin-1"))
    return StreamRequest(
        query, headers.get("authorization"), headers.get("last-event-id", ""), cookies_of(headers.get("cookie", ""))
    )


def cookies_of(header: str) -> dict[str, str]:
    return parse_cookie(header.replace(",", ";"))


async def _pump(first: Event, events: AsyncIterator[Event], send: Send) -> None:
    """Sends every event, and a comment whenever there was none for a while."""
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await _send_part(send, first.encode())
    following = asyncio.ensure_future(anext(events, None))
    try:
        while True:
            await asyncio.wait([following], timeout=_PING_SECONDS)
            if not following.done():
                await _send_part(send, b": ping\n\n")
                continue
            try:
                event = following.result()
            except engine.Error as problem:
                # Revoked or gone meanwhile: said, so that the stream ends instead of breaking.
                event = None
                await _send_part(send, Event("error", {"message": problem.message}).encode())
            if event is None:
                break
            await _send_part(send, event.encode())
            following = asyncio.ensure_future(anext(events, None))
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError, engine.Error):
            await following
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def until_either(*work: Awaitable[None]) -> None:
    tasks = [asyncio.ensure_future(item) for item in work]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _send_part(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _send_whole(send: Send, response: HttpResponse) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in response.headers.items()]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": response.content, "more_body": False})
