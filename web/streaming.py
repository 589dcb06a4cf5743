"""Server-sent events: an ASGI answer made from an asynchronous iterator of events."""

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
from web.addresses import check_path, check_query
from web.views import Envelope, error_response

T = TypeVar("T")
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
MEDIA_TYPE = "text/event-stream"
_PING_SECONDS = 10.0
_PIECE_BYTES = 64 * 1024
SEND_SECONDS = 10.0
_HEADERS = [
    (b"content-type", MEDIA_TYPE.encode()),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # a proxy that buffered would hold the events back
]


@dataclass(frozen=True)
class Event:
    """One message: its name, data that is sent as JSON, or as it is where it is bytes of one line, and the id by
    which a client goes on after it."""

    name: str
    data: Any
    id: str = ""

    def encode(self) -> bytes:
        place = b"id: " + self.id.encode() + b"\n" if self.id else b""
        data = self.data if isinstance(self.data, bytes) else engine.dumps(self.data)
        return b"event: " + self.name.encode() + b"\n" + place + b"data: " + data + b"\n\n"


@dataclass(frozen=True)
class StreamRequest:
    """What a stream may know of who asks for it."""

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


class Refused(Exception):
    """A listener that is not let in, and what was raised."""

    def __init__(self, problem: Exception) -> None:
        super().__init__(str(problem))
        self.problem = problem


class Stream:
    """Serves one source to at most MAX_STREAMS listeners of this process, errors in the surface's envelope.

    A source may yield several messages as they are sent, in one piece. With `always` no `Accept` is asked for;
    `headers` are those of the answer besides its own.
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
                more = [(name.lower().encode(), value.encode()) for name, value in self._headers(request).items()]
                await until_either(_pump(first, events, send, headers=[*_HEADERS, *more]), gone(receive))
        except Refused as refused:
            await _send_whole(send, error_response(refused.problem, envelope=self.envelope))

    @asynccontextmanager
    async def listening(self, request: StreamRequest) -> AsyncIterator[tuple[Event | bytes, Messages]]:
        """The first message and those that follow; raises `Refused` where there is none."""
        events = self._source(request)
        try:
            check_path(request.raw_path)
            check_query(request.query_string)
            if self._open >= settings.MAX_STREAMS:
                text = f"This process serves at most {settings.MAX_STREAMS} streams (MAX_STREAMS)."
                raise engine.LimitExceeded(text, retry_after=5)
            first = await anext(events)
        except Exception as problem:
            raise Refused(problem) from problem
        self._open += 1
        try:
            yield first, events
        finally:
            self._open -= 1
            await events.aclose()  # type: ignore[attr-defined]


class Routes(dict[str, Stream]):
    """Which stream answers at which path; a part of it in braces stands for any one name."""

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
        # Joined as everywhere else: two credentials are none, and two last ids are no token.
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
    """Sends every event, and a comment whenever there was none for a while."""
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
            except engine.Error as problem:
                # Revoked or gone meanwhile: said, so that the stream ends instead of breaking.
                event = None
                await _send_part(send, Event("error", {"message": problem.message}).encode())
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


async def gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def until_either(*work: Awaitable[T]) -> T | None:
    """What the first that ends answers, None where it fails; the others are cancelled, and have ended as well."""
    tasks = [asyncio.ensure_future(item) for item in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return next((task.result() for task in done if not task.exception()), None)


async def _send_part(send: Send, body: bytes) -> None:
    """Raises `TimeoutError` when the listener does not take it; then its connection is broken off."""
    for start in range(0, len(body), _PIECE_BYTES):
        piece = {"type": "http.response.body", "body": body[start : start + _PIECE_BYTES], "more_body": True}
        async with asyncio.timeout(SEND_SECONDS):
            await send(piece)


async def _send_whole(send: Send, response: HttpResponse) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in response.headers.items()]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": response.content, "more_body": False})
