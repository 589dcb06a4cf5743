"""Figure 14: a table of which some rows are refused, imported with `on_error=skip` while its worker is killed."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from typing import Any, BinaryIO

import orjson

from datacube.serving import memory
from tests.faults.support import MIB, Account, Figure, Service, sign_up

_WRONG_EVERY = 100
_MAX_WORKER_MIB = 400
_COLLECTION = "table"


def measure(service: Service, *, rows: int = 1_000_000, kills: int = 5) -> Figure:
    """Import a table of `rows` rows, one per cent of them refused, and kill its worker `kills` times on the way."""
    wrong = [*range(7, rows, _WRONG_EVERY)]
    with sign_up(service) as account, tempfile.TemporaryFile() as file:
        fields = [{"name": "n", "type": "number"}, {"name": "at", "type": "date"}]
        declared = {"database_id": account.database, "collections": [{"name": _COLLECTION, "fields": fields}]}
        account.client.post("/api/add_collection", json=declared).raise_for_status()
        _write(file, rows)
        job = _upload(account, file)
        status, peak, killed = _followed(service, account, job, kills=kills)
        stored = _numbers(account)
        listed = _listed(account, job)
    good = rows - len(wrong)
    counts = (status["state"], status["inserted_count"], status["rejected_count"], len(stored), len({*stored}))
    exact = counts == ("done", good, len(wrong), good, good) and listed == wrong
    return Figure(
        14,
        f"a table of {rows} rows, {len(wrong)} of them refused, whose worker was killed {killed} times",
        f"{good} stored once, {len(wrong)} listed once; worker below {_MAX_WORKER_MIB} MB",
        f"{counts}, {len(listed)} listed; worker {peak} MB",
        exact and peak < _MAX_WORKER_MIB,
    )


def _write(file: BinaryIO, rows: int) -> None:
    """Write a table whose column `n` is no number in the rows 7, 107, 207 and so on."""
    file.write(b"n,at,text\n")
    for number in range(rows):
        value = b"wrong" if number % _WRONG_EVERY == 7 else b"%d" % number
        file.write(b'%s,2026-01-31,"a text, which has %d"\n' % (value, number))
    file.seek(0)


def _upload(account: Account, file: BinaryIO) -> str:
    answer = account.client.post(
        "/api/import_data",
        data={"database_id": account.database, "collection_name": _COLLECTION, "on_error": "skip"},
        files={"json_file": ("table.csv", file, "text/csv")},
    )
    body = answer.raise_for_status().json()
    return body["job_id"] if "job_id" in body else body["rejects_url"].partition("job_id=")[2]


def _followed(service: Service, account: Account, job: str, *, kills: int) -> tuple[dict[str, Any], int, int]:
    """Return the last status of a job, the most MB of a worker, and how often one was killed."""
    peak, killed = 0, 0
    ends_at = time.monotonic() + 1_200
    while time.monotonic() < ends_at:
        status = account.client.get("/api/import_status", params={"job_id": job}).raise_for_status().json()
        if status["state"] in ("done", "failed"):
            return status, peak, killed
        workers = service.processes("worker")
        peak = max([peak, *(memory.resident(pid) // MIB for pid in workers)])
        if killed < kills and status["percent"] > 100 * (killed + 0.5) / (kills + 1):
            for pid in workers:
                os.kill(pid, signal.SIGKILL)
            killed += 1
        time.sleep(0.2)
    raise TimeoutError(f"The import has not ended: {status}")


def _numbers(account: Account) -> list[int]:
    """Return the `n` of every document."""
    params = {"database_id": account.database, "collection_name": _COLLECTION, "format": "ndjson", "fields": "n"}
    with account.client.stream("GET", "/api/export", params=params) as answer:
        return [orjson.loads(line)["n"] for line in answer.iter_lines()]


def _listed(account: Account, job: str) -> list[int]:
    """Return the numbers of the rejected rows."""
    with account.client.stream("GET", "/api/import_rejects", params={"job_id": job}) as answer:
        return [orjson.loads(line)["row"] for line in answer.iter_lines()]
