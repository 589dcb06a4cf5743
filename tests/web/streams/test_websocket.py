"""Streams over a WebSocket: frames, and the codes of a close."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

import engine
from tests.web.streams.memory import MemoryFeed, MemorySource
from web.streams import websocket
from web.streams.event import Event
from web.streams.stream import Stream

SCOPE = {"headers": [], "query_string": b"", "path": "/events", "raw_path": b"/events"}


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (
            Event("ping", b"2026-01-02T03:04:05Z", is_json=False),
            {"event": "ping", "data": "2026-01-02T03:04:05Z"},
        ),
        (Event.of("post", {}, id="t1"), {"event": "post", "id": "t1", "data": {}}),
        (
            Event.of("post", {"a": "x\n\ndata: y", "b: c": "\u00fc\u2028"}, id="t1"),
            {"event": "post", "id": "t1", "data": {"a": "x\n\ndata: y", "b: c": "\u00fc\u2028"}},
        ),
    ],
)
def test_frames(event: Event, expected: Any) -> None:
    assert json.loads(websocket.encode(event)) == expected


class Client:
    """A client that connects, then sends what the test says."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.messages.put_nowait({"type": "websocket.connect"})

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    async def receive(self) -> dict[str, Any]:
        return await self.messages.get()

    @property
    def frames(self) -> list[tuple[str, Any]]:
        texts = [json.loads(item["text"]) for item in self.sent if item["type"] == "websocket.send"]
        return [(text["event"], text["data"]) for text in texts]

    async def until(self, name: str) -> None:
        async with asyncio.timeout(60):
            while name not in dict(self.frames):
                await asyncio.sleep(0.005)


def serve(source: Any, client: Client) -> asyncio.Task[None]:
    stream = Stream(lambda request: source, envelope=lambda error: {"kind": type(error).__name__})
    return asyncio.create_task(websocket.serve(stream, SCOPE, client.receive, client.send))


@pytest.mark.parametrize(
    ("end", "frames", "code"),
    [
        ("gap", [("gap", 0)], 1013),
        ("revoked", [("error", {"message": "Invalid API Key."})], 4401),
        ("message", [], 1008),
        ("last", [("done", 1)], 1000),
        ("disconnect", [], None),
    ],
)
def test_the_end_of_a_socket(end: str, frames: list[Any], code: int | None) -> None:
    async def test() -> None:
        feed, source = MemoryFeed(), MemorySource(MemoryFeed())
        source.feed = feed
        source.errors = [None, engine.Unauthenticated("Invalid API Key.")] if end == "revoked" else []
        source.polled = [[Event.of("done", 1, last=True)]] if end == "last" else []
        client = Client()
        serving = serve(source, client)
        await client.until("ready")
        if end == "gap":
            feed.interrupt()
        elif end == "message":
            client.messages.put_nowait({"type": "websocket.receive", "text": "x"})
        elif end == "disconnect":
            client.messages.put_nowait({"type": "websocket.disconnect"})
        await asyncio.wait_for(serving, 60)
        assert client.sent[0] == {"type": "websocket.accept"}
        assert client.frames == [("ready", 0), *frames]
        assert client.sent[-1].get("code") == code
        assert feed.listener_count == 0

    asyncio.run(test())


def test_a_refused_client_gets_the_error_of_the_surface_and_its_status() -> None:
    async def test() -> None:
        client, source = Client(), MemorySource(MemoryFeed())
        source.errors = [engine.NotFound("Not found.")]
        await asyncio.wait_for(serve(source, client), 60)
        assert client.frames == [("error", {"kind": "NotFound"})]
        assert client.sent[-1] == {"type": "websocket.close", "code": 4404, "reason": "Not found."}

    asyncio.run(test())


def test_a_path_without_a_stream_refuses_the_handshake() -> None:
    async def test() -> None:
        client = Client()
        await websocket.serve(None, SCOPE, client.receive, client.send)
        assert client.sent == [{"type": "websocket.close"}]

    asyncio.run(test())
