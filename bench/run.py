"""Measures the running service beside raw pymongo, in turns, so that the ratios hold whatever the machine does."""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx
import orjson
from pymongo import MongoClient
from tqdm import tqdm

from datacube import home

HERE = Path(__file__).parent
WORKLOADS = ("insert", "read", "page", "update")
DOCUMENTS = 100_000


def main() -> None:
    """Prints a table of requests/s; the service runs at `--url` on the home in DATACUBE_HOME."""
    options = _options()
    if not shutil.which("wrk"):
        sys.exit("The load comes from wrk: apt-get install -y wrk")
    bench = Bench(options.url, connections=options.connections, seconds=options.seconds)
    bench.prepare()
    for _ in tqdm(range(options.rounds), desc="rounds", disable=None):
        for workload in WORKLOADS:
            bench.measure(workload, threads=options.threads)
    print(bench.table())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default=f"http://127.0.0.1:{os.environ.get('PORT', '8000')}")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=4, help="of each of the two raw pymongo processes")
    return parser.parse_args()


def document(number: int) -> dict:
    """About 300 bytes, invented."""
    chance = random.Random(number)
    return {
        "name": f"Person {number:07}",
        "email": f"person{number:07}@example.com",
        "age": chance.randrange(18, 90),
        "active": chance.random() < 0.5,
        "score": round(chance.random() * 100, 3),
        "tags": chance.sample(["red", "green", "blue", "amber", "violet"], 2),
        "address": {"street": f"{chance.randrange(1, 300)} Long Street", "city": "Springfield", "zip": "12345"},
        "note": "x" * 60,
    }


class Bench:
    """One tenant with one collection of 100,000 documents, and what was measured on it."""

    def __init__(self, url: str, *, connections: int, seconds: int) -> None:
        self.url = url
        self.connections = connections
        self.seconds = seconds
        self.found: dict[tuple[str, str], list[float]] = {}
        self.p99: dict[str, list[str]] = {}

    def prepare(self) -> None:
        """Registers, makes the collection and fills it through the API."""
        name = f"bench-{random.SystemRandom().randrange(10**12)}"
        with httpx.Client(base_url=self.url, timeout=120, trust_env=False) as client:
            person = {
                "email": f"{name}@example.com",
                "firstName": "B",
                "lastName": "B",
                "password": "to-be-measured-1",
            }
            client.post("/core/register", json=person).raise_for_status()
            token = client.post("/core/login", json=person).raise_for_status().json()["access"]
            client.headers["Authorization"] = f"Bearer {token}"
            collections = [{"name": "people", "fields": [{"name": "email"}, {"name": "age", "type": "number"}]}]
            body = {"db_name": name, "collections": collections}
            self.database = (
                client.post("/api/create_database", json=body).raise_for_status().json()["database"]["id"]
            )
            self.key = client.post("/api/keys", json={"name": "bench"}).raise_for_status().json()["key"]
            query = {"database_id": self.database}
            meta = client.get("/api/get_metadata", params=query).raise_for_status().json()["data"]
            self.physical = meta["dbName"]
            self.ids = self._fill(client)

    def _fill(self, client: httpx.Client) -> list[str]:
        ids: list[str] = []
        for start in tqdm(range(0, DOCUMENTS, 5_000), desc="filling", disable=None):
            data = [document(number) for number in range(start, start + 5_000)]
            body = {"database_id": self.database, "collection_name": "people", "data": data}
            ids += client.post("/api/crud", json=body).raise_for_status().json()["inserted_ids"]
        return ids

    def measure(self, workload: str, *, threads: int) -> None:
        self.found.setdefault((workload, "service"), []).append(self._service(workload))
        self.found.setdefault((workload, "raw"), []).append(self._raw(workload, threads))

    def _service(self, workload: str) -> float:
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as ids:
            ids.write("\n".join(random.sample(self.ids, 5_000)))
            ids.flush()
            environment = os.environ | {
                "WORKLOAD": workload,
                "DATABASE_ID": self.database,
                "API_KEY": self.key,
                "IDS_FILE": ids.name,
                "DOCUMENT": orjson.dumps(document(0)).decode(),
            }
            command = ["wrk", "-t1", f"-c{self.connections}", f"-d{self.seconds}s", "--latency"]
            command += ["-s", str(HERE / "requests.lua"), self.url]
            told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
        if "Non-2xx" in told or "Socket errors" in told:
            sys.exit(f"{workload}: not every request succeeded\n{told}")
        self.p99.setdefault(workload, []).append(re.search(r"99%\s+(\S+)", told)[1])
        return float(re.search(r"Requests/sec:\s+([\d.]+)", told)[1])

    def _raw(self, workload: str, threads: int) -> float:
        uri = os.environ.get("MONGODB_URI") or home.embedded_mongodb_uri()
        names = MongoClient(uri)[self.physical].list_collection_names()
        order = {
            "uri": uri,
            "database": self.physical,
            "collection": next(name for name in names if name.startswith("people")),
            "workload": workload,
            "ids": random.sample(self.ids, 5_000),
            "document": orjson.dumps(document(0)).decode(),
            "seconds": self.seconds,
            "threads": threads,
        }
        command = [sys.executable, str(HERE / "raw.py")]
        told = subprocess.run(command, input=orjson.dumps(order), capture_output=True, check=True).stdout
        return float(told)

    def table(self) -> str:
        lines = [
            "| workload | service, requests/s | p99 | raw pymongo, operations/s | ratio |",
            "|---|--:|--:|--:|--:|",
        ]
        for workload in WORKLOADS:
            ours = statistics.median(self.found[workload, "service"])
            raw = statistics.median(self.found[workload, "raw"])
            p99 = sorted(self.p99[workload])[len(self.p99[workload]) // 2]
            lines.append(f"| {workload} | {ours:,.0f} | {p99} | {raw:,.0f} | {ours / raw:.2f} |")
        return "\n".join(lines)


if __name__ == "__main__":
    main()
