"""Listeners of a running service, how late each hears of a write, and the writes."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

_MARK = b'"sent":'


@dataclass(frozen=True)
class Place:
    """What is listened to: the service, the path of a database, a key for it."""

    url: str
    path: str
    key: str


@dataclass
class Heard:
    """How late each message came, in seconds, and how many each listener got since it came last."""

    delays: list[float] = field(default_factory=list)
    counts: dict[int, int] = field(default_factory=dict)


async def listen(
    place: Place, number: int, *, heard: Heard, ready: asyncio.Semaphore, gate: asyncio.Semaphore
) -> None:
    """Reads the bytes itself: a client library would be what is measured."""
    parts = urlsplit(place.url)
    writer = None
    try:
        async with gate:
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            address = f"{place.path}/realtime?apikey={place.key}"
            writer.write(f"GET {address} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
            await reader.readuntil(b"event: ping")
        ready.release()
        heard.counts[number] = 0
        with suppress(asyncio.IncompleteReadError):
            while line := await reader.readline():
                if _MARK in line:
                    sent = float(line.partition(_MARK)[2].partition(b"}")[0].partition(b",")[0])
                    heard.delays.append(time.time() - sent)
                    heard.counts[number] += 1
    finally:
        if writer:
            writer.close()


async def write(place: Place, *, rate: int, seconds: int) -> int:
    """So many writes a second, however long each takes; how many were taken."""
    writes = []
    async with httpx.AsyncClient(
        base_url=place.url, headers={"x-apikey": place.key}, timeout=30, trust_env=False
    ) as client:
        began = time.monotonic()
        for number in range(rate * seconds):
            await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
            body = {"text": "x" * 100, "sent": time.time()}
            writes.append(asyncio.create_task(client.post(f"{place.path}/rest/notes", json=body)))
        answers = await asyncio.gather(*writes)
    return sum(answer.status_code == 201 for answer in answers)
