"""Streams of this process, their number, and their routes."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from django.conf import settings

import engine
from web.requests.addresses import check_path, check_query
from web.streams.channel import Channels
from web.streams.event import Batch
from web.streams.request import StreamRequest
from web.streams.source import Source
from web.streams.subscription import subscribe
from web.views import Envelope

MakeSource = Callable[[StreamRequest], Source[Any]]


class StreamRefused(Exception):
    """A refused subscription; `error` is the exception that its source raised."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class Stream:
    """What a surface streams to at most MAX_STREAMS subscribers of this process; a transport serves it.

    With `always` the `Accept` header is ignored; `headers` returns additional response headers. A stream that
    `takes_body` is requested by POST as well.
    """

    def __init__(
        self,
        source: MakeSource,
        *,
        envelope: Envelope,
        always: bool = False,
        takes_body: bool = False,
        headers: Callable[[StreamRequest], Mapping[str, str]] = lambda request: {},
    ) -> None:
        self._source = source
        self._channels = Channels()
        self._open = 0
        self.envelope = envelope
        self.always = always
        self.takes_body = takes_body
        self.headers = headers

    @asynccontextmanager
    async def subscribed(self, request: StreamRequest) -> AsyncIterator[tuple[Batch, AsyncIterator[Batch]]]:
        """Yield the first batch and an iterator of the next ones, as `subscribe`. Raises `StreamRefused`."""
        try:
            check_path(request.raw_path)
            check_query(request.query_string)
            if self._open >= settings.MAX_STREAMS:
                text = f"This process serves at most {settings.MAX_STREAMS} streams (MAX_STREAMS)."
                raise engine.LimitExceeded(text, retry_after=5)
            batches = subscribe(self._source(request), self._channels)
            first = await anext(batches)
        except Exception as error:
            raise StreamRefused(error) from error
        self._open += 1
        try:
            yield first, batches
        finally:
            self._open -= 1
            await batches.aclose()


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
        """Return the stream of a path, with or without a final slash."""
        path = path.rstrip("/")
        return self.get(path) or next((one for pattern, one in self._patterns if pattern.fullmatch(path)), None)
