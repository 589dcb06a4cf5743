"""What the figures share: accounts of a fresh service, its processes, and measurements of them."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

from datacube.local import test_service
from datacube.serving import memory

T = TypeVar("T")
MIB = 1 << 20
# By what is in the command line of each process.
PROCESSES = {"web": (b"spawn_main",), "worker": (b"celery", b"\0worker\0"), "scheduler": (b"celery", b"\0beat\0")}
_PASSWORD = "to-be-attacked-1"


@dataclass(frozen=True)
class Service:
    """A running service and the directory of its state."""

    url: str
    home: Path

    def client(self, *, timeout: float = 120) -> httpx.Client:
        limits = httpx.Limits(max_connections=300, max_keepalive_connections=300)
        return httpx.Client(base_url=self.url, timeout=timeout, trust_env=False, limits=limits)

    def processes(self, *names: str) -> dict[int, str]:
        """Return {process id: name} of the named kinds of processes, or of all."""
        return {
            pid: name
            for name in names or PROCESSES
            for pid in test_service.processes(PROCESSES[name], home=self.home)
        }


@dataclass(frozen=True)
class Figure:
    """One measured value beside its limit."""

    number: int
    name: str
    limit: str
    measured: str
    ok: bool


@dataclass(frozen=True)
class Account:
    """A tenant with one database, which has the collection `things`."""

    client: httpx.Client
    database: str

    def __enter__(self) -> Account:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def body(self, collection: str = "things", **more: Any) -> dict[str, Any]:
        return {"database_id": self.database, "collection_name": collection, **more}

    def insert(self, documents: Sequence[Any], *, collection: str = "things") -> list[str]:
        answer = self.client.post("/api/crud", json=self.body(collection, data=[*documents]))
        return answer.raise_for_status().json()["inserted_ids"]

    def read(self, **params: Any) -> httpx.Response:
        return self.client.get("/api/crud", params=self.body(**params))


def sign_up(service: Service, *, collections: Sequence[dict[str, Any]] = (), timeout: float = 120) -> Account:
    client = service.client(timeout=timeout)
    person = {
        "email": f"faults-{random.SystemRandom().randrange(10**12)}@example.com",
        "firstName": "F",
        "lastName": "F",
        "password": _PASSWORD,
    }
    client.post("/core/register", json=person).raise_for_status()
    token = client.post("/core/login", json=person).raise_for_status().json()["access"]
    client.headers["Authorization"] = f"Bearer {token}"
    declared = [{"name": "things", "fields": [{"name": "n", "type": "number"}]}, *collections]
    created = client.post("/api/create_database", json={"db_name": "faults", "collections": declared})
    return Account(client, created.raise_for_status().json()["database"]["id"])


def timed(send: Callable[[], httpx.Response]) -> tuple[int, float]:
    """Return the status of a response, 0 where none came, and its seconds."""
    began = time.perf_counter()
    try:
        status = send().status_code
    except httpx.TransportError:
        status = 0
    return status, time.perf_counter() - began


def at_once(count: int, work: Callable[[int], T]) -> list[T]:
    """Return the results of `count` calls, each in a thread of its own."""
    with ThreadPoolExecutor(count) as threads:
        return [*threads.map(work, range(count))]


@dataclass
class MemoryUse:
    """Resident bytes by process id: at the beginning, the most, and at the end."""

    names: dict[int, str]
    before: dict[int, int] = field(default_factory=dict)
    peak: dict[int, int] = field(default_factory=dict)
    after: dict[int, int] = field(default_factory=dict)

    def highest(self, which: dict[int, int], *, name: str = "web") -> int:
        """Return the highest memory in MiB of a process of that name."""
        return max((held // MIB for pid, held in which.items() if self.names.get(pid) == name), default=0)


@contextmanager
def watched_memory(service: Service, *, settle: float = 5.0, every: float = 0.02) -> Iterator[MemoryUse]:
    """Watch the memory of all processes while the block lasts, and for `settle` seconds more."""
    memory_use = MemoryUse(service.processes())
    memory_use.before = {pid: memory.resident(pid) for pid in memory_use.names}
    memory_use.peak = dict(memory_use.before)
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(every):
            for pid in memory_use.names:
                memory_use.peak[pid] = max(memory_use.peak[pid], memory.resident(pid))

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield memory_use
        time.sleep(settle)
    finally:
        stop.set()
        watcher.join()
        memory_use.names |= service.processes()
        memory_use.after = {pid: memory.resident(pid) for pid in memory_use.names}


@contextmanager
def watched_health(service: Service, *, every: float = 0.02) -> Iterator[list[float]]:
    """Yield the seconds of repeated requests to /healthz while the block lasts."""
    seconds: list[float] = []
    stop = threading.Event()

    def ask() -> None:
        with service.client(timeout=30) as client:
            while not stop.wait(every):
                status, took = timed(lambda: client.get("/healthz"))
                seconds.append(took if status == 200 else 30.0)

    asker = threading.Thread(target=ask, daemon=True)
    asker.start()
    try:
        yield seconds
    finally:
        stop.set()
        asker.join()


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
