"""Measures how tenants share a running service: `python -m tests.faults.fairness http://127.0.0.1:8000`.

One tenant sends slow queries with 32 clients while another reads; then 200 clients of one tenant read at once.
Prints the figures and exits with 1 where one of them is not kept: the other tenant's reads have a 99th percentile
under one second, nobody waits more than five seconds for an answer or a 503, and the probes answer within a second.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.support import Tenant, make_tenant

_SLOW_CLIENTS, _CLIENTS, _SECONDS = 32, 200, 15
_DOCUMENTS = 3_000
_SLOW = {"$expr": {"$lt": ["$n", {"$reduce": {"input": {"$range": [0, 1_500]}, "initialValue": 0, "in": {
    "$add": ["$$value", {"$mod": ["$$this", 7]}]}}}]}}  # fmt: skip


class Times:
    """Statuses and seconds of the requests of several threads."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.seconds: list[float] = []
        self._lock = threading.Lock()

    def add(self, status: int, seconds: float) -> None:
        with self._lock:
            self.statuses[status] += 1
            self.seconds.append(seconds)

    def at(self, share: float) -> float:
        return sorted(self.seconds)[min(int(len(self.seconds) * share), len(self.seconds) - 1)]

    def __str__(self) -> str:
        worst = max(self.seconds)
        shares = f"50 %: {self.at(0.5):.2f} s, 99 %: {self.at(0.99):.2f} s"
        return f"{dict(self.statuses)}, {shares}, longest: {worst:.2f} s"


def during(seconds: float, clients: int, ask: Callable[[httpx.Client], httpx.Response], url: str) -> Times:
    """Send requests one after the other from each of so many clients."""
    times, end = Times(), time.monotonic() + seconds

    def one(_: int) -> None:
        with httpx.Client(base_url=url, timeout=120, trust_env=False) as client:
            while time.monotonic() < end:
                began = time.monotonic()
                status = ask(client).status_code
                times.add(status, time.monotonic() - began)
                if status == 503:
                    time.sleep(1)

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(one, range(clients)))
    return times


def reading(tenant: Tenant, collection: str, document: str) -> Callable[[httpx.Client], httpx.Response]:
    path = f"/db/{tenant.database}/rest/{collection}/{document}"
    return lambda client: client.get(path, headers={"x-apikey": tenant.key})


def slow(tenant: Tenant, collection: str) -> Callable[[httpx.Client], httpx.Response]:
    body = {"database_id": tenant.database, "collection_name": collection, "pipeline": [{"$match": _SLOW}]}
    return lambda client: client.post("/api/aggregate", json=body, headers={"Authorization": tenant.api_key})


def filled(client: httpx.Client) -> tuple[Tenant, str, str]:
    tenant = make_tenant(client)
    collection = tenant.new_collection({"name": "n", "type": "number"})
    ids = tenant.insert(collection, [{"n": number} for number in range(_DOCUMENTS)])
    return tenant, collection, ids[0]


def main(url: str) -> int:
    with httpx.Client(base_url=url, timeout=120, trust_env=False) as client:
        loud, loud_collection, loud_document = filled(client)
        quiet, quiet_collection, document = filled(client)
        # Each process learns from a request that succeeds which tenant a key belongs to.
        for _ in range(20):
            reading(loud, loud_collection, loud_document)(client)
            loud.find(loud_collection, page_size=1)
            reading(quiet, quiet_collection, document)(client)
    with ThreadPoolExecutor(3) as pool:
        noise = pool.submit(during, _SECONDS, _SLOW_CLIENTS, slow(loud, loud_collection), url)
        time.sleep(1)
        probes = pool.submit(during, _SECONDS - 2, 1, lambda client: client.get("/readyz"), url)
        others = during(_SECONDS - 2, 2, reading(quiet, quiet_collection, document), url)
        print(f"{_SLOW_CLIENTS} clients with slow queries: {noise.result()}")
        print(f"another tenant's reads meanwhile: {others}")
        print(f"/readyz meanwhile: {probes.result()}")
    crowd = during(_SECONDS, _CLIENTS, reading(loud, loud_collection, loud_document), url)
    print(f"{_CLIENTS} clients that read: {crowd}")
    kept = others.at(0.99) < 1 and set(others.statuses) == {200} and probes.result().at(0.99) < 1
    kept = kept and max(crowd.seconds) < 5 and max(noise.result().seconds) < 10
    return 0 if kept and set(crowd.statuses) <= {200, 503} else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
