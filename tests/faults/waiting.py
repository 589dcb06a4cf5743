"""Figures 4 and 5: how long others wait while one tenant is slow, and while there are many clients."""

from __future__ import annotations

import threading
import time
from collections import Counter

from tests.faults.support import Account, Figure, Service, at_once, percentile, sign_up, timed

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
    with sign_up(service) as account:
        account.insert([{"n": number, "text": "x" * 200} for number in range(1_000)])
        ends = time.monotonic() + seconds

        def ask(_: int) -> list[tuple[int, float]]:
            answers = []
            while time.monotonic() < ends:
                status, took = timed(lambda: account.read(page_size=500))
                answers.append((status, took))
                if status == 503:
                    time.sleep(1)  # as Retry-After asks
            return answers

        answers = [answer for part in at_once(clients, ask) for answer in part]
    longest = max(took for _, took in answers)
    statuses = Counter(status for status, _ in answers)
    return Figure(
        5,
        f"longest wait with {clients} clients",
        "5 s: 200 or 503",
        f"{longest:.2f} s of {len(answers)} requests, {dict(statuses)}",
        longest <= 5 and set(statuses) <= {200, 503},
    )
