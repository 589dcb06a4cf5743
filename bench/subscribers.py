"""`python -m bench.subscribers URL`: many listeners of a running service, and how late each hears of a write."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import statistics
import time
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

_PERSON = {"firstName": "B", "lastName": "B", "password": "to-be-measured-1"}
_MARK = b'"sent":'
_AT_ONCE = 50


@dataclass
class Heard:
    """How late each message came, in seconds, and how many each listener got."""

    delays: list[float] = field(default_factory=list)
    counts: dict[int, int] = field(default_factory=dict)


def main() -> None:
    options = _options()
    with httpx.Client(base_url=options.url, timeout=60, trust_env=False) as client:
        path, key = _furnished(client)
        print(asyncio.run(_measured(options, path, key)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="of the service, such as http://127.0.0.1:8000")
    parser.add_argument("--listeners", type=int, default=1_000)
    parser.add_argument("--rate", type=int, default=50, help="writes in a second")
    parser.add_argument("--seconds", type=int, default=20)
    return parser.parse_args()


def _furnished(client: httpx.Client) -> tuple[str, str]:
    """The path of a new database, which has one collection, and a key for it."""
    person = _PERSON | {"email": f"{secrets.token_hex(8)}@example.com"}
    client.post("/core/register", json=person).raise_for_status()
    access = client.post("/core/login", json=person).raise_for_status().json()["access"]
    client.headers["Authorization"] = f"Bearer {access}"
    body = {
        "db_name": f"b_{secrets.token_hex(6)}",
        "collections": [{"name": "notes", "fields": [{"name": "text"}]}],
    }
    made = client.post("/api/create_database", json=body).raise_for_status().json()
    key = client.post("/api/keys", json={"name": "bench"}).raise_for_status().json()["key"]
    return f"/db/{made['database']['id']}", key


async def _measured(options: argparse.Namespace, path: str, key: str) -> str:
    heard = Heard()
    ready = asyncio.Semaphore(0)
    gate = asyncio.Semaphore(_AT_ONCE)
    began = time.monotonic()
    listeners = [
        asyncio.create_task(_listen(options.url, path, key, number, heard=heard, ready=ready, gate=gate))
        for number in range(options.listeners)
    ]
    for _ in listeners:
        await ready.acquire()
    connected = time.monotonic() - began
    written = await _write(options, path, key)
    deadline = time.monotonic() + 15
    while len(heard.delays) < written * len(listeners) and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
    for listener in listeners:
        listener.cancel()
    await asyncio.gather(*listeners, return_exceptions=True)
    complete = sum(count == written for count in heard.counts.values())
    cuts = statistics.quantiles(heard.delays, n=100)
    return (
        f"{len(listeners)} listeners connected in {connected:.1f} s; {written} writes in {options.seconds} s; "
        f"{complete} listeners heard every one; "
        f"late by p50 {cuts[49] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms, "
        f"at most {max(heard.delays) * 1000:.0f} ms"
    )


async def _listen(
    url: str, path: str, key: str, number: int, *, heard: Heard, ready: asyncio.Semaphore, gate: asyncio.Semaphore
) -> None:
    """Reads the bytes itself: a client library would be what is measured."""
    parts = urlsplit(url)
    async with gate:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(f"GET {path}/realtime?apikey={key} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
        await reader.readuntil(b"event: ping")
    ready.release()
    heard.counts[number] = 0
    with suppress(asyncio.IncompleteReadError):
        while line := await reader.readline():
            if _MARK in line:
                sent = float(line.partition(_MARK)[2].partition(b"}")[0].partition(b",")[0])
                heard.delays.append(time.time() - sent)
                heard.counts[number] += 1


async def _write(options: argparse.Namespace, path: str, key: str) -> int:
    """So many writes a second, however long each takes."""
    pace = 1 / options.rate
    writes = []
    async with httpx.AsyncClient(
        base_url=options.url, headers={"x-apikey": key}, timeout=30, trust_env=False
    ) as client:
        began = time.monotonic()
        for number in range(options.rate * options.seconds):
            await asyncio.sleep(max(0.0, began + number * pace - time.monotonic()))
            body = {"text": "x" * 100, "sent": time.time()}
            writes.append(asyncio.create_task(client.post(f"{path}/rest/notes", json=body)))
        answers = await asyncio.gather(*writes)
    return sum(answer.status_code == 201 for answer in answers)


if __name__ == "__main__":
    main()
