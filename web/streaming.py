"""Server-sent events: an ASGI response from an asynchronous iterator of events."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpResponse, QueryDict, parse_cookie

import engine
from engine.encoding import dumps
from web.requests.addresses import check_path, check_query
from web.views import Envelope, error_response

T = TypeVar("T")
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
MEDIA_TYPE = "text/event-stream"
_PING_SECONDS = 10.0
_CHUNK_BYTES = 64 * 1024
SEND_SECONDS = 10.0
_HEADERS = [
    (b"content-type", MEDIA_TYPE.encode()),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # turns off buffering in proxies
]


@dataclass(frozen=True)
class Event:
    """A message. `data` is sent as JSON, or unchanged if it is bytes (one line); a client resumes after `id`."""

    name: str
    data: Any
    id: str = ""

    def encode(self) -> bytes:
        id_line = b"id: " + self.id.encode() + b"\n" if self.id else b""
        data = self.data if isinstance(self.data, bytes) else dumps(self.data)
        return b"event: " + self.name.encode() + b"\n" + id_line + b"data: " + data + b"\n\n"


@dataclass(frozen=True)
class StreamRequest:
    """The parts of an HTTP request that a stream uses."""

    query: QueryDict
    authorization: str | None
    last_event_id: str
    path: str = ""
    raw_path: str = ""
    query_string: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)


Messages = AsyncIterator[Event | bytes]
Source = Callable[[StreamRequest], Messages]


class StreamRefused(Exception):
    """A refused listener; `error` is the exception that its source raised."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class Stream:
    """ASGI application that serves one source to at most MAX_STREAMS listeners of this process.

    A source may yield several encoded messages as one bytes object. With `always` the `Accept` header is ignored;
    `headers` returns additional response headers.
    """

    def __init__(
        self,
        source: Source,
        *,
        envelope: Envelope,
        always: bool = False,
        headers: Callable[[StreamRequest], Mapping[str, str]] = lambda request: {},
    ) -> None:
        self._source = source
        self.envelope = envelope
        self._headers = headers
        self._open = 0
        self.always = always

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        request = request_of(scope)
        try:
            async with self.listening(request) as (first, events):
                extra = [(name.lower().encode(), value.encode()) for name, value in self._headers(request).items()]
                await until_either(
                    _pump(first, events, send, headers=[*_HEADERS, *extra]), wait_for_disconnect(receive)
                )
        except StreamRefused as error:
            await _send_response(send, error_response(error.error, envelope=self.envelope))

    @asynccontextmanager
    async def listening(self, request: StreamRequest) -> AsyncIterator[tuple[Event | bytes, Messages]]:
        """Yield the first message and an iterator of the next ones. Raises `StreamRefused` if the source fails."""
        events = self._source(request)
        try:
            check_path(request.raw_path)
            check_query(request.query_string)
            if self._open >= settings.MAX_STREAMS:
                text = f"This process serves at most {settings.MAX_STREAMS} streams (MAX_STREAMS)."
                raise engine.LimitExceeded(text, retry_after=5)
            first = await anext(events)
        except Exception as error:
            raise StreamRefused(error) from error
        self._open += 1
        try:
            yield first, events
        finally:
            self._open -= 1
            await events.aclose()  # type: ignore[attr-defined]


class Routes(dict[str, Stream]):
    """Streams by path; a segment in braces matches any one name."""

    def __init__(self, streams: Mapping[str, Stream]) -> None:
        super().__init__(streams)
        self._patterns = [
            (re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), stream)
            for path, stream in streams.items()
            if "{" in path
        ]

    def at(self, path: str) -> Stream | None:
        path = path.rstrip("/")
        return self.get(path) or next((one for pattern, one in self._patterns if pattern.fullmatch(path)), None)


def request_of(scope: Mapping[str, Any]) -> StreamRequest:
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        # Join repeated headers as elsewhere: two credentials are invalid, and so are two last ids.
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    query_string = scope["query_string"].decode("latin-1")
    last = headers.get("last-event-id", "")
    cookies = cookies_of(headers.get("cookie", ""))
    return StreamRequest(
        QueryDict(query_string),
        headers.get("authorization"),
        last,
        scope["path"],
        raw_path=scope["raw_path"].decode("latin-1"),
        query_string=query_string,
        headers=headers,
        cookies=cookies,
    )


def cookies_of(header: str) -> dict[str, str]:
    return parse_cookie(header.replace(",", ";"))


async def _pump(
    first: Event | bytes,
    events: AsyncIterator[Event | bytes],
    send: Send,
    *,
    headers: list[tuple[bytes, bytes]],
) -> None:
    """Send every event, and a comment after each `_PING_SECONDS` without one."""
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await _send_part(send, encoded(first))
    following = asyncio.ensure_future(anext(events, None))
    try:
        while True:
            await asyncio.wait([following], timeout=_PING_SECONDS)
            if not following.done():
                await _send_part(send, b": ping\n\n")
                continue
            try:
                event = following.result()
            except engine.Error as error:
                # The access was revoked, or the source was dropped: send the error and end the stream.
                event = None
                await _send_part(send, Event("error", {"message": error.message}).encode())
            if event is None:
                break
            await _send_part(send, encoded(event))
            following = asyncio.ensure_future(anext(events, None))
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError, engine.Error):
            await following
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def encoded(item: Event | bytes) -> bytes:
    return item if isinstance(item, bytes) else item.encode()


async def wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def until_either(*awaitables: Awaitable[T]) -> T | None:
    """Return the result of the first awaitable to finish (None if it failed); cancel and await the others."""
    tasks = [asyncio.ensure_future(item) for item in awaitables]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return next((task.result() for task in done if not task.exception()), None)


async def _send_part(send: Send, body: bytes) -> None:
    """Send a part of the body. Raises `TimeoutError` if the client is too slow; its connection is then closed."""
    for start in range(0, len(body), _CHUNK_BYTES):
        chunk = {"type": "http.response.body", "body": body[start : start + _CHUNK_BYTES], "more_body": True}
        async with asyncio.timeout(SEND_SECONDS):
            await send(chunk)


async def _send_response(send: Send, response: HttpResponse) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in response.headers.items()]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": response.content, "more_body": False})
