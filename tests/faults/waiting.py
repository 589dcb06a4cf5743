"""Figures 4 and 5: how long others wait while one tenant is slow, and while there are many clients."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections import Counter

import httpx

from tests.faults.support import Account, Figure, Service, percentile, sign_up, timed

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_SLOW = [{"$unwind": "$a"}, {"$unwind": "$b"}, {"$group": {"_id": {"$add": ["$a", "$b"]}, "n": {"$sum": 1}}}]


def measure_slow_tenant(service: Service, *, clients: int = 32, seconds: float = 15.0) -> Figure:
    stop = threading.Event()
    with sign_up(service) as slow, sign_up(service) as other:
        slow.insert([{"a": [*range(400)], "b": [*range(400)]} for _ in range(200)])
        other.insert([{"n": number} for number in range(100)])

        def burden() -> None:
            while not stop.is_set():
                timed(lambda: slow.client.post("/api/aggregate", json=slow.body(pipeline=_SLOW)))

        threads = [threading.Thread(target=burden, daemon=True) for _ in range(clients)]
        for thread in threads:
            thread.start()
        time.sleep(2)
        answers = _reads(other, seconds=seconds)
        stop.set()
        for thread in threads:
            thread.join()
    worst = percentile([took for _, took in answers], 0.99)
    statuses = Counter(status for status, _ in answers)
    return Figure(
        4,
        f"reads of another tenant beside {clients} slow queries",
        "p99 below 1 s",
        f"p99 {worst:.2f} s of {len(answers)} reads, {dict(statuses)}",
        worst < 1 and set(statuses) == {200},
    )


def _reads(account: Account, *, seconds: float) -> list[tuple[int, float]]:
    answers, ends = [], time.monotonic() + seconds
    while time.monotonic() < ends:
        answers.append(timed(lambda: account.read(page_size=50)))
        time.sleep(0.01)
    return answers


def measure_crowd(service: Service, *, clients: int = 200, seconds: float = 15.0) -> Figure:
    """Let many clients ask at once, by one event loop: as threads they would wait for each other."""
    with sign_up(service) as account:
        account.insert([{"n": number, "text": "x" * 200} for number in range(1_000)])
        answers = asyncio.run(_crowd(account, clients=clients, seconds=seconds))
    longest = max(took for _, took in answers)
    statuses = Counter(status for status, _ in answers)
    return Figure(
        5,
        f"longest wait with {clients} clients",
        "5 s: 200 or 503",
        f"{longest:.2f} s of {len(answers)} requests, {dict(statuses)}",
        longest <= 5 and set(statuses) <= {200, 503},
    )


async def _crowd(account: Account, *, clients: int, seconds: float) -> list[tuple[int, float]]:
    request = account.client.build_request("GET", "/api/crud", params=account.body(page_size=500))
    lines = [f"GET {request.url.raw_path.decode()} HTTP/1.1", f"Host: {request.url.netloc.decode()}"]
    lines.append(f"Authorization: {account.client.headers['Authorization']}")
    raw = "\r\n".join([*lines, "", ""]).encode()
    ends = time.monotonic() + seconds
    answers = await asyncio.gather(*(_ask(raw, request.url, ends=ends) for _ in range(clients)))
    return [answer for part in answers for answer in part]


async def _ask(raw: bytes, url: httpx.URL, *, ends: float) -> list[tuple[int, float]]:
    """Send the request on one connection until the time ends; return the statuses and the seconds."""
    reader, writer = await asyncio.open_connection(url.host, url.port)
    answers = []
    while time.monotonic() < ends:
        began = time.perf_counter()
        writer.write(raw)
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(_LENGTH.findall(head)[0]))
        answers.append((int(head.split()[1]), time.perf_counter() - began))
        if answers[-1][0] == 503:
            await asyncio.sleep(1)  # as Retry-After asks
    writer.close()
    return answers
