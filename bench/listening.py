"""Listeners of a running service, the delay of each message, and the writes."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

_MARK = b'"sent":'


@dataclass(frozen=True)
class EventStream:
    """The event stream to listen to: the service, the path of a database, and a key for it."""

    url: str
    path: str
    key: str


@dataclass
class MessageLog:
    """The delay of each message in seconds, and the number of messages of each listener since it connected last."""

    delays: list[float] = field(default_factory=list)
    counts: dict[int, int] = field(default_factory=dict)


async def listen(
    event_stream: EventStream,
    number: int,
    *,
    messages: MessageLog,
    ready: asyncio.Semaphore,
    gate: asyncio.Semaphore,
) -> None:
    """Connect and count messages. Reads the bytes itself: a client library would dominate the measurement."""
    parts = urlsplit(event_stream.url)
    writer = None
    try:
        async with gate:
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            address = f"{event_stream.path}/realtime?apikey={event_stream.key}"
            writer.write(f"GET {address} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
            await reader.readuntil(b"event: ping")
        ready.release()
        messages.counts[number] = 0
        with suppress(asyncio.IncompleteReadError):
            while line := await reader.readline():
                if _MARK in line:
                    sent = float(line.partition(_MARK)[2].partition(b"}")[0].partition(b",")[0])
                    messages.delays.append(time.time() - sent)
                    messages.counts[number] += 1
    finally:
        if writer:
            writer.close()


async def write(event_streams: Sequence[EventStream], *, rate: int, seconds: int) -> Counter[str]:
    """Send `rate` writes a second, to each database in turn, however long each takes.

    Return how many were accepted by the path of the database.
    """
    writes = []
    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
        began = time.monotonic()
        for number in range(rate * seconds):
            await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
            writes.append(asyncio.create_task(_write(client, event_streams[number % len(event_streams)])))
        accepted = await asyncio.gather(*writes)
    return Counter(path for path in accepted if path)


async def _write(client: httpx.AsyncClient, event_stream: EventStream) -> str:
    """Insert a document, and return the path of its database; an empty text where it is not accepted."""
    answer = await client.post(
        f"{event_stream.url}{event_stream.path}/rest/notes",
        json={"text": "x" * 100, "sent": time.time()},
        headers={"x-apikey": event_stream.key},
    )
    return event_stream.path if answer.status_code == 201 else ""
