"""Streams as server-sent events: messages, keep-alives, and the end of the response."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import engine
from tests.web.streams.memory import MemoryFeed, MemorySource
from web.streams import sse
from web.streams.event import Event
from web.streams.stream import Stream

SCOPE = {"headers": [], "query_string": b"", "path": "/events", "raw_path": b"/events"}


@pytest.mark.parametrize(
    ("event", "sent"),
    [
        (Event.of("change", {"a": "\n"}, id="7"), b'event: change\nid: 7\ndata: {"a":"\\n"}\n\n'),
        (
            Event("ping", b"2026-01-01T00:00:00Z", is_json=False),
            b"event: ping\ndata: 2026-01-01T00:00:00Z\n\n",
        ),
    ],
)
def test_messages(event: Event, sent: bytes) -> None:
    assert sse.encode(event) == sent


def envelope(error: engine.Error) -> dict[str, Any]:
    return {"message": error.message}


class Client:
    """A client that reads everything and stays until `leave`."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self._left = asyncio.Event()

    async def send(self, message: dict[str, Any]) -> None:
        self.messages.append(message)

    async def receive(self) -> dict[str, Any]:
        await self._left.wait()
        return {"type": "http.disconnect"}

    def leave(self) -> None:
        self._left.set()

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages)

    async def until(self, text: bytes) -> None:
        async with asyncio.timeout(60):
            while text not in self.body:
                await asyncio.sleep(0.005)


def test_a_stream_until_the_client_leaves() -> None:
    class Idle(MemorySource):
        ping_seconds = 0.05

    async def test() -> None:
        feed = MemoryFeed()
        stream = Stream(lambda request: Idle(feed), envelope=envelope, headers=lambda request: {"X-One": "1"})
        client = Client()
        serving = asyncio.create_task(sse.serve(stream, SCOPE, client.receive, client.send))
        await client.until(b"event: ready\ndata: 0\n\n: ping\n\n")
        feed.emit(1)
        await client.until(b"event: change\nid: 1-0-\ndata: 1\n\n")
        client.leave()
        await asyncio.wait_for(serving, 60)
        assert feed.listener_count == 0
        assert client.messages[0]["status"] == 200
        assert dict(client.messages[0]["headers"])[b"x-one"] == b"1"
        assert client.messages[-1]["more_body"] is True

    asyncio.run(test())


@pytest.mark.parametrize(
    ("revoked", "end"),
    [(True, b'event: error\ndata: {"message":"Invalid API Key."}\n\n'), (False, b"event: gap\ndata: 0\n\n")],
)
def test_the_end_of_a_stream(revoked: bool, end: bytes) -> None:
    async def test() -> None:
        feed, source = MemoryFeed(), MemorySource(MemoryFeed())
        source.feed = feed
        source.errors = [None, engine.Unauthenticated("Invalid API Key.")] if revoked else []
        client = Client()
        stream = Stream(lambda request: source, envelope=envelope)
        serving = asyncio.create_task(sse.serve(stream, SCOPE, client.receive, client.send))
        await client.until(b"ready")
        if not revoked:
            feed.interrupt()
        await asyncio.wait_for(serving, 60)
        assert client.body == b"event: ready\ndata: 0\n\n" + end
        assert client.messages[-1] == {"type": "http.response.body", "body": b"", "more_body": False}

    asyncio.run(test())


def test_a_client_that_does_not_read_is_disconnected(monkeypatch: pytest.MonkeyPatch) -> None:
    """The response stays incomplete, which the server makes a closed connection."""
    monkeypatch.setattr("web.streams.transport.SEND_SECONDS", 0.05)

    async def test() -> None:
        feed, client = MemoryFeed(), Client()

        async def send(message: dict[str, Any]) -> None:
            if b"change" in message.get("body", b""):
                await asyncio.sleep(30)
            await client.send(message)

        stream = Stream(lambda request: MemorySource(feed), envelope=envelope)
        serving = asyncio.create_task(sse.serve(stream, SCOPE, client.receive, send))
        await client.until(b"ready")
        feed.emit(1)
        await asyncio.wait_for(serving, 60)
        assert client.messages[-1]["more_body"] is True
        assert feed.listener_count == 0

    asyncio.run(test())
