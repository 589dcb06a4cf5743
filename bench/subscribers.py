"""Measures the delay of messages to many listeners of a running service (`python -m bench.subscribers URL`)."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import statistics
import time
from collections.abc import Sequence

import httpx
from tqdm import tqdm

from bench.churn import measure_churn, resident_bytes, web_processes
from bench.listening import EventStream, MessageLog, listen, write

_PERSON = {"firstName": "B", "lastName": "B", "password": "to-be-measured-1"}
_MAX_CONNECTING = 50


def main() -> None:
    options = _options()
    with httpx.Client(base_url=options.url, timeout=60, trust_env=False) as client:
        streams = _event_streams(client, options)
    print(asyncio.run(measure_churn(options, streams[0]) if options.minutes else _measured(options, streams)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="of the service, such as http://127.0.0.1:8000")
    parser.add_argument("--listeners", type=int, default=1_000)
    parser.add_argument("--databases", type=int, default=1, help="among which listeners and writes are divided")
    parser.add_argument(
        "--keys", type=int, default=1, help="of each database, among which its listeners are divided"
    )
    parser.add_argument("--rate", type=int, default=50, help="writes in a second")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument(
        "--minutes", type=int, default=0, help="instead of seconds, with listeners that connect and disconnect"
    )
    parser.add_argument("--churn", type=int, default=30, help="listeners that reconnect in a second")
    return parser.parse_args()


def _event_streams(client: httpx.Client, options: argparse.Namespace) -> list[EventStream]:
    """Create the databases, each with one collection and its keys, and return what each key listens to."""
    person = _PERSON | {"email": f"{secrets.token_hex(8)}@example.com"}
    client.post("/core/register", json=person).raise_for_status()
    access = client.post("/core/login", json=person).raise_for_status().json()["access"]
    client.headers["Authorization"] = f"Bearer {access}"
    streams = []
    for _ in tqdm(range(options.databases), desc="databases", disable=None):
        collections = [{"name": "notes", "fields": [{"name": "text"}]}]
        body = {"db_name": f"b_{secrets.token_hex(6)}", "collections": collections}
        created = client.post("/api/create_database", json=body).raise_for_status().json()["database"]["id"]
        for _ in range(options.keys):
            answer = client.post("/api/keys", json={"name": "bench", "databases": [created]})
            streams.append(EventStream(options.url, f"/db/{created}", answer.raise_for_status().json()["key"]))
    return streams


async def _measured(options: argparse.Namespace, event_streams: Sequence[EventStream]) -> str:
    messages = MessageLog()
    ready = asyncio.Semaphore(0)
    gate = asyncio.Semaphore(_MAX_CONNECTING)
    began, before = time.monotonic(), _memory(options.url)
    streams = [event_streams[number % len(event_streams)] for number in range(options.listeners)]
    listeners = [
        asyncio.create_task(listen(stream, number, messages=messages, ready=ready, gate=gate))
        for number, stream in enumerate(streams)
    ]
    for _ in tqdm(listeners, desc="listeners", disable=None):
        await ready.acquire()
    connected, memory = time.monotonic() - began, _memory(options.url) - before
    written = await write(event_streams[:: options.keys], rate=options.rate, seconds=options.seconds)
    expected = {number: written[stream.path] for number, stream in enumerate(streams)}
    deadline = time.monotonic() + 15
    while len(messages.delays) < sum(expected.values()) and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
    largest = _memory(options.url) - before
    for listener in listeners:
        listener.cancel()
    await asyncio.gather(*listeners, return_exceptions=True)
    complete = sum(messages.counts.get(number) == count for number, count in expected.items())
    cuts = statistics.quantiles(messages.delays, n=100)
    return (
        f"{len(listeners)} listeners of {options.databases} databases with {len(event_streams)} keys connected in "
        f"{connected:.1f} s; {written.total()} writes in {options.seconds} s, {len(messages.delays)} messages; "
        f"{complete} listeners received every one; "
        f"late by p50 {cuts[49] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms, "
        f"at most {max(messages.delays) * 1000:.0f} ms; "
        f"{memory / len(listeners) / 1024:.1f} KB of the web processes for each, "
        f"{largest / len(listeners) / 1024:.1f} with the messages"
    )


def _memory(url: str) -> int:
    """Return the bytes of memory of the web processes; 0 where they are not on this machine."""
    return sum(map(resident_bytes, web_processes(url)))


if __name__ == "__main__":
    main()
