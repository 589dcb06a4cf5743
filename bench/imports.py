"""Measures the import of one large file through the API, and the same documents in a loop of `insert_many`."""

from __future__ import annotations

import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, BinaryIO

import httpx
import orjson
from pymongo import MongoClient
from tqdm import tqdm

from bench.documents import document
from bench.installation import Installation
from datacube.local import paths, test_service


def measure(installation: Installation, rows: int) -> str:
    with tempfile.TemporaryFile() as file:
        for number in tqdm(range(rows), desc="writing the file", disable=None):
            file.write((b"," if number else b"[") + orjson.dumps(document(number)))
        file.write(b"]")
        megabytes = file.tell() / 1e6
        file.seek(0)
        started = time.monotonic()
        job = _upload(installation.client, installation.database, file)
        accepted = time.monotonic() - started
    peak = _follow(installation.client, job)
    ours = rows / (time.monotonic() - started)
    bare = _bare_loop(installation.physical, rows)
    return (
        "### Import of one file\n\n"
        "| documents | MB | ours, documents/s from the first byte sent | until the answer 202, s |"
        " bare `insert_many` loop, documents/s | ours / bare | peak memory of the worker, MB |\n"
        "|--:|--:|--:|--:|--:|--:|--:|\n"
        f"| {rows:,} | {megabytes:.0f} | {ours:,.0f} | {accepted:.1f} | {bare:,.0f} | {ours / bare:.2f} |"
        f" {peak / 1024:.0f} |"
    )


def _upload(client: httpx.Client, database: str, file: BinaryIO) -> str:
    form = {"database_id": database, "collection_name": "imported"}
    files = {"json_file": ("imported.json", file)}
    return client.post("/api/import_data", data=form, files=files).raise_for_status().json()["job_id"]


def _follow(client: httpx.Client, job: str) -> int:
    """Wait for the job, and return the worker's peak resident memory in KiB."""
    with tqdm(total=100, unit="%", desc="importing", disable=None) as bar:
        while True:
            status = client.get("/api/import_status", params={"job_id": job}).raise_for_status().json()
            bar.update(status["percent"] - bar.n)
            if status["state"] == "failed":
                sys.exit(status["message"])
            if status["state"] == "done":
                return max(map(_peak, test_service.processes((b"celery", b"\0worker\0"), home=paths.home())))
            time.sleep(0.2)


def _bare_loop(physical: str, rows: int) -> float:
    """Return the documents per second of `insert_many` alone, without the time of making the documents."""
    client = MongoClient[dict[str, Any]](paths.embedded_mongodb_uri(), w="majority", journal=True)
    collection = client[physical]["bare"]
    elapsed = 0.0
    for start in tqdm(range(0, rows, 1_000), desc="bare loop", disable=None):
        batch = [document(number) for number in range(start, min(start + 1_000, rows))]
        started = time.monotonic()
        collection.insert_many(batch, ordered=False)
        elapsed += time.monotonic() - started
    return rows / elapsed


def _peak(pid: int) -> int:
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])  # type: ignore[index]
