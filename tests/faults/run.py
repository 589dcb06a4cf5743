"""Kills mongod, the worker and the web server during inserts and an import, then counts the documents."""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import orjson
from tqdm import tqdm

from datacube.local import test_service

# What each one's command line holds.
VICTIMS = {
    "mongod": (b"mongod", b"--replSet"),
    "worker": (b"celery", b"\0worker\0"),
    "web": (b"datacube.http.server",),
}
_END_SECONDS = 180


@dataclass
class Tenant:
    """A client of the service with a database, and the documents that were acknowledged to it."""

    client: httpx.Client
    database: str
    acknowledged: set[int] = field(default_factory=set)
    refused: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True)
class Outcome:
    """The state after everything has recovered."""

    acknowledged: int
    refused: int
    lost: set[int]
    doubled: int
    job: dict
    stored: int
    imported: int
    distinct: int
    killed: dict[str, int]
    reported: dict[str, int]

    def errors(self, rows: int) -> list[str]:
        errors = []
        if self.lost:
            errors.append(f"{len(self.lost)} acknowledged documents are lost")
        if self.doubled:
            errors.append(f"{self.doubled} documents are there twice")
        if self.job["state"] != "done" or self.job["inserted_count"] != rows:
            errors.append(f"the import ended {self.job['state']} with {self.job['inserted_count']} of {rows} rows")
        if not self.imported == self.distinct == rows:
            errors.append(
                f"the collection has {self.imported} documents, {self.distinct} of them distinct, not {rows}"
            )
        return errors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--kills", type=int, default=6)
    options = parser.parse_args()
    environment = dict(os.environ)
    home = test_service.prepare(environment)
    with test_service.service(environment) as url:
        outcome = strike(url, home=home, rows=options.rows, kills=options.kills)
    errors = outcome.errors(options.rows)
    test_service.tidy(home, passed=not errors)
    print(
        f"acknowledged {outcome.acknowledged} inserts, refused {outcome.refused} while something was down; "
        f"lost {len(outcome.lost)}, doubled {outcome.doubled}; import {outcome.job['state']} with "
        f"{outcome.imported} documents, {outcome.distinct} distinct; killed {outcome.killed}; "
        f"reported {outcome.reported}"
    )
    sys.exit("; ".join(errors) or 0)


def strike(url: str, *, home: Path, rows: int, kills: int, pause: float = 2.5) -> Outcome:
    """Insert from four threads while an import runs and `kills` processes die, one every `pause` seconds."""
    tenant = _tenant(url)
    stop = threading.Event()
    writers = [threading.Thread(target=_write, args=(tenant, number, stop)) for number in range(4)]
    for writer in writers:
        writer.start()
    job = _start_import(tenant, rows)
    killed: Counter[str] = Counter()
    for number in tqdm(range(kills), desc="kills", disable=None):
        time.sleep(pause)
        name = [*VICTIMS][number % len(VICTIMS)]
        killed[name] += kill(name, home=home)
    time.sleep(pause)
    stop.set()
    for writer in writers:
        writer.join()
    status = _wait_for_job(tenant, job)
    return _count(tenant, status, killed=killed)


def kill(name: str, *, home: Path) -> int:
    """Send SIGKILL to each process of that name of this home, and return their number."""
    pids = list(test_service.processes(VICTIMS[name], home=home))
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    return len(pids)


def _tenant(url: str) -> Tenant:
    client = httpx.Client(base_url=url, timeout=40, trust_env=False)
    person = {
        "email": f"faults-{random.SystemRandom().randrange(10**12)}@example.com",
        "firstName": "F",
        "lastName": "F",
        "password": "to-be-killed-1",
    }
    client.post("/core/register", json=person).raise_for_status()
    token = client.post("/core/login", json=person).raise_for_status().json()["access"]
    client.headers["Authorization"] = f"Bearer {token}"
    collections = [{"name": "events", "fields": [{"name": "n", "type": "number"}]}]
    created = client.post("/api/create_database", json={"db_name": "faults", "collections": collections})
    return Tenant(client, created.raise_for_status().json()["database"]["id"])


def _write(tenant: Tenant, number: int, stop: threading.Event) -> None:
    """Insert one document after the other; do not repeat one whose response did not arrive."""
    n = number
    while not stop.is_set():
        n += 4
        body = {"database_id": tenant.database, "collection_name": "events", "data": [{"n": n}]}
        try:
            created = tenant.client.post("/api/crud", json=body).status_code == 201
        except httpx.TransportError:
            created = False
        with tenant.lock:
            if created:
                tenant.acknowledged.add(n)
            else:
                tenant.refused += 1
        if not created:
            time.sleep(0.05)


def _start_import(tenant: Tenant, rows: int) -> str:
    with tempfile.TemporaryFile() as file:
        file.write(b"[" + b",".join(orjson.dumps(_row(number)) for number in range(rows)) + b"]")
        file.seek(0)
        form = {"database_id": tenant.database, "collection_name": "flights"}
        answer = tenant.client.post("/api/import_data", data=form, files={"json_file": ("flights.json", file)})
    if answer.status_code != 202:
        sys.exit(f"the import was not accepted as a job: {answer.status_code} {answer.text}")
    return answer.json()["job_id"]


def _row(number: int) -> dict:
    return {"row": number, "delay": number % 181 - 20, "distance": number * 7 % 2500, "time": number / 7}


def _wait_for_job(tenant: Tenant, job: str) -> dict:
    deadline = time.monotonic() + _END_SECONDS
    while time.monotonic() < deadline:
        status = _steadily(lambda: tenant.client.get("/api/import_status", params={"job_id": job}))
        if status["state"] in ("done", "failed"):
            return status
        time.sleep(0.5)
    return status


def _steadily(ask: Callable[[], httpx.Response]) -> dict:
    """Return the response once the service is available again."""
    for _ in range(60):
        try:
            answer = ask()
            if answer.status_code == 200:
                return answer.json()
        except httpx.TransportError:
            time.sleep(0.5)
        else:
            time.sleep(0.5)
    sys.exit("the service does not come back")


def _count(tenant: Tenant, status: dict, *, killed: Counter[str]) -> Outcome:
    numbers = [document["n"] for document in _all(tenant, "events", "n")]
    rows = [document["row"] for document in _all(tenant, "flights", "row")]
    listed = _steadily(lambda: tenant.client.get("/api/list_collections", params={"database_id": tenant.database}))
    return Outcome(
        acknowledged=len(tenant.acknowledged),
        refused=tenant.refused,
        lost=tenant.acknowledged - set(numbers),
        doubled=len(numbers) - len(set(numbers)),
        job=status,
        stored=len(numbers),
        imported=len(rows),
        distinct=len(set(rows)),
        killed=dict(killed),
        reported={item["name"]: item["num_documents"] for item in listed["collections"]},
    )


def _all(tenant: Tenant, collection: str, name: str) -> Iterator[dict]:
    """Yield every document, by ranges of `_id`."""
    last = None
    while True:
        filters = {"_id": {"$gt": last}} if last else {}
        query = {
            "database_id": tenant.database,
            "collection_name": collection,
            "filters": orjson.dumps(filters).decode(),
            "fields": name,
            "sort": "_id",
            "page_size": 1000,
        }
        documents = _steadily(lambda: tenant.client.get("/api/crud", params=query))["data"]  # noqa: B023
        yield from documents
        if len(documents) < query["page_size"]:
            return
        last = documents[-1]["_id"]


if __name__ == "__main__":
    main()
