"""`./dev bench`: a fresh service beside raw pymongo, in turns, so that the ratios hold on any machine."""

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
import time
from pathlib import Path
from typing import BinaryIO

import httpx
import orjson
from pymongo import MongoClient
from tqdm import tqdm

from datacube import home, testrun

HERE = Path(__file__).parent
WORKLOADS = ("insert", "read", "page", "update")
DOCUMENTS = 100_000


def main() -> None:
    """Prints a table of requests/s, measured on a service of its own below DATACUBE_HOME."""
    options = _options()
    if not shutil.which("wrk"):
        sys.exit("The load comes from wrk: apt-get install -y wrk")
    fresh = testrun.prepare(os.environ)
    # The tests' settings make the caches short; here they are as they are for everybody.
    del os.environ["CACHE_SECONDS"]
    with testrun.service(os.environ) as url:
        bench = Bench(url, connections=options.connections, seconds=options.seconds)
        bench.prepare()
        for _ in tqdm(range(options.rounds), desc="rounds", disable=None):
            for workload in WORKLOADS:
                bench.measure(workload, threads=options.threads)
        imported = bench.measure_import(options.rows) if options.rows else ""
    testrun.tidy(fresh, passed=True)
    print(bench.table())
    print(imported)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=4, help="of each of the two raw pymongo processes")
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the import; 0 leaves it out")
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
        self._client = httpx.Client(base_url=url, timeout=600, trust_env=False)
        self.connections = connections
        self.seconds = seconds
        self.found: dict[tuple[str, str], list[float]] = {}
        self.p99: dict[str, list[str]] = {}

    def prepare(self) -> None:
        """Registers, makes the collection and fills it through the API."""
        name = f"bench-{random.SystemRandom().randrange(10**12)}"
        client = self._client
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
        self.database = client.post("/api/create_database", json=body).raise_for_status().json()["database"]["id"]
        self.key = client.post("/api/keys", json={"name": "bench"}).raise_for_status().json()["key"]
        query = {"database_id": self.database}
        meta = client.get("/api/get_metadata", params=query).raise_for_status().json()["data"]
        self.physical = meta["dbName"]
        self.ids = self._fill()

    def _fill(self) -> list[str]:
        ids: list[str] = []
        for start in tqdm(range(0, DOCUMENTS, 5_000), desc="filling", disable=None):
            data = [document(number) for number in range(start, start + 5_000)]
            body = {"database_id": self.database, "collection_name": "people", "data": data}
            ids += self._client.post("/api/crud", json=body).raise_for_status().json()["inserted_ids"]
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
        uri = home.embedded_mongodb_uri()
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

    def measure_import(self, rows: int) -> str:
        """One large file through the API, and the same documents by a bare loop of `insert_many`."""
        with tempfile.TemporaryFile() as file:
            for number in tqdm(range(rows), desc="writing the file", disable=None):
                file.write((b"," if number else b"[") + orjson.dumps(document(number)))
            file.write(b"]")
            megabytes = file.tell() / 1e6
            file.seek(0)
            started = time.monotonic()
            job = self._upload(file)
            accepted = time.monotonic() - started
        peak = self._follow(job)
        ours = rows / (time.monotonic() - started)
        bare = self._bare_loop(rows)
        return (
            f"\nImport of {rows:,} documents ({megabytes:.0f} MB): {ours:,.0f} documents/s from the first byte "
            f"sent, {accepted:.1f} s of it until the answer 202; a bare insert_many loop {bare:,.0f}; "
            f"ratio {ours / bare:.2f}; the worker's peak memory {peak / 1024:.0f} MB."
        )

    def _upload(self, file: BinaryIO) -> str:
        form = {"database_id": self.database, "collection_name": "imported"}
        files = {"json_file": ("imported.json", file)}
        return self._client.post("/api/import_data", data=form, files=files).raise_for_status().json()["job_id"]

    def _follow(self, job: str) -> int:
        """Waits for the job; the worker's peak resident memory in KiB."""
        with tqdm(total=100, unit="%", desc="importing", disable=None) as bar:
            while True:
                status = self._client.get("/api/import_status", params={"job_id": job}).raise_for_status().json()
                bar.update(status["percent"] - bar.n)
                if status["state"] == "failed":
                    sys.exit(status["message"])
                if status["state"] == "done":
                    return max(map(_peak, testrun.processes((b"celery", b"\0worker\0"), home=home.home())))
                time.sleep(0.2)

    def _bare_loop(self, rows: int) -> float:
        collection = MongoClient(home.embedded_mongodb_uri(), w="majority", journal=True)[self.physical]["bare"]
        batches = range(0, rows, 1_000)
        lasted = 0.0
        for start in tqdm(batches, desc="bare loop", disable=None):
            batch = [document(number) for number in range(start, min(start + 1_000, rows))]
            started = time.monotonic()
            collection.insert_many(batch, ordered=False)
            lasted += time.monotonic() - started
        return rows / lasted

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


def _peak(pid: int) -> int:
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])


if __name__ == "__main__":
    main()
