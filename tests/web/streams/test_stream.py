"""Routing of streams, and their number."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.http import QueryDict

import engine
from tests.web.streams.memory import MemoryFeed, MemorySource
from web.streams.request import StreamRequest
from web.streams.stream import Routes, Stream, StreamRefused


def nothing(request: StreamRequest) -> Any:
    raise ZeroDivisionError


ONE, OTHER = (Stream(nothing, envelope=lambda error: {}) for _ in range(2))
ROUTES = Routes({"/api/events": ONE, "/db/{database}/realtime": OTHER})


@pytest.mark.parametrize(
    ("path", "stream"),
    [
        ("/api/events", ONE),
        ("/api/events/", ONE),
        ("/db/crm/realtime", OTHER),
        ("/db/a.b-c/realtime/", OTHER),
        ("/db//realtime", None),
        ("/db/a/b/realtime", None),
        ("/db/crm/realtime/x", None),
        ("/x/db/crm/realtime", None),
        ("/", None),
    ],
)
def test_which_stream_answers(path: str, stream: Stream | None) -> None:
    assert ROUTES.at(path) is stream
    assert list(ROUTES) == ["/api/events", "/db/{database}/realtime"]


def request_for(query: str = "") -> StreamRequest:
    return StreamRequest(QueryDict(query), None, "", "/api/events", raw_path="/api/events", query_string=query)


def test_a_process_serves_a_limited_number(settings: Any) -> None:
    settings.MAX_STREAMS = 1
    feed = MemoryFeed()
    stream = Stream(lambda request: MemorySource(feed), envelope=lambda error: {})

    async def test() -> None:
        async with stream.subscribed(request_for()):
            with pytest.raises(StreamRefused) as refused:
                async with stream.subscribed(request_for()):
                    pass
            assert isinstance(refused.value.error, engine.LimitExceeded)
        async with stream.subscribed(request_for()) as (first, _):
            assert [event.name for event in first] == ["ready"]
        assert feed.listener_count == 0

    asyncio.run(test())


def test_what_the_source_raises_refuses_the_subscription() -> None:
    async def test() -> None:
        with pytest.raises(StreamRefused) as refused:
            async with ONE.subscribed(request_for()):
                pass
        assert isinstance(refused.value.error, ZeroDivisionError)

    asyncio.run(test())
