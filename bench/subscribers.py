"""Measures the delay of messages to many listeners of a running service (`python -m bench.subscribers URL`)."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import statistics
import time

import httpx

from bench.churn import measure_churn
from bench.listening import EventStream, MessageLog, listen, write

_PERSON = {"firstName": "B", "lastName": "B", "password": "to-be-measured-1"}
_MAX_CONNECTING = 50


def main() -> None:
    options = _options()
    with httpx.Client(base_url=options.url, timeout=60, trust_env=False) as client:
        event_stream = EventStream(options.url, *_create_database(client))
    print(
        asyncio.run(measure_churn(options, event_stream) if options.minutes else _measured(options, event_stream))
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="of the service, such as http://127.0.0.1:8000")
    parser.add_argument("--listeners", type=int, default=1_000)
    parser.add_argument("--rate", type=int, default=50, help="writes in a second")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument(
        "--minutes", type=int, default=0, help="instead of seconds, with listeners that connect and disconnect"
    )
    parser.add_argument("--churn", type=int, default=30, help="listeners that reconnect in a second")
    return parser.parse_args()


def _create_database(client: httpx.Client) -> tuple[str, str]:
    """Create a database with one collection, and return its path and a key for it."""
    person = _PERSON | {"email": f"{secrets.token_hex(8)}@example.com"}
    client.post("/core/register", json=person).raise_for_status()
    access = client.post("/core/login", json=person).raise_for_status().json()["access"]
    client.headers["Authorization"] = f"Bearer {access}"
    body = {
        "db_name": f"b_{secrets.token_hex(6)}",
        "collections": [{"name": "notes", "fields": [{"name": "text"}]}],
    }
    created = client.post("/api/create_database", json=body).raise_for_status().json()
    key = client.post("/api/keys", json={"name": "bench"}).raise_for_status().json()["key"]
    return f"/db/{created['database']['id']}", key


async def _measured(options: argparse.Namespace, event_stream: EventStream) -> str:
    messages = MessageLog()
    ready = asyncio.Semaphore(0)
    gate = asyncio.Semaphore(_MAX_CONNECTING)
    began = time.monotonic()
    listeners = [
        asyncio.create_task(listen(event_stream, number, messages=messages, ready=ready, gate=gate))
        for number in range(options.listeners)
    ]
    for _ in listeners:
        await ready.acquire()
    connected = time.monotonic() - began
    written = await write(event_stream, rate=options.rate, seconds=options.seconds)
    deadline = time.monotonic() + 15
    while len(messages.delays) < written * len(listeners) and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
    for listener in listeners:
        listener.cancel()
    await asyncio.gather(*listeners, return_exceptions=True)
    complete = sum(count == written for count in messages.counts.values())
    cuts = statistics.quantiles(messages.delays, n=100)
    return (
        f"{len(listeners)} listeners connected in {connected:.1f} s; {written} writes in {options.seconds} s; "
        f"{complete} listeners received every one; "
        f"late by p50 {cuts[49] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms, "
        f"at most {max(messages.delays) * 1000:.0f} ms"
    )


if __name__ == "__main__":
    main()
