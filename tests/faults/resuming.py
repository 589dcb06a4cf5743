"""Figure 7: a listener that resumes after many foreign writes, and one with an invented token."""

from __future__ import annotations

import tempfile
import time

import orjson

from tests.faults.support import Account, Figure, Service, sign_up, timed

_IMPORT_SECONDS = 300.0


def measure(service: Service, *, entries: int = 300_000, max_seconds: float = 2.0) -> Figure:
    with sign_up(service) as listener, sign_up(service) as other:
        start = listener.client.get("/api/events", params={"database_id": listener.database}).raise_for_status()
        token = start.json()["next"]
        written = listener.insert([{"n": 1}])
        _import(other, entries)
        listener.insert([{"n": 2}])
        statuses, events, took = _resume(listener, token, count=2)
        invented = {"database_id": listener.database, "since": "1-1-"}
        status, refused = timed(lambda: listener.client.get("/api/events", params=invented))
    return Figure(
        7,
        f"an event stream resumed after {entries} entries of others",
        f"{max_seconds:.0f} s for each answer; an invented token 409",
        f"{statuses} in {took:.2f} s, {events} of {len(written) + 1} events; invented {status} in {refused:.2f} s",
        statuses <= {200} and took <= max_seconds and events == 2 and status == 409 and refused <= max_seconds,
    )


def _resume(listener: Account, token: str, *, count: int) -> tuple[set[int], int, float]:
    """Return the statuses, the events and the longest response time, until all events have arrived or none come."""
    statuses, events, longest = set(), 0, 0.0
    ends = time.monotonic() + 60
    while events < count and time.monotonic() < ends:
        began = time.perf_counter()
        answer = listener.client.get("/api/events", params={"database_id": listener.database, "since": token})
        longest = max(longest, time.perf_counter() - began)
        statuses.add(answer.status_code)
        if answer.status_code != 200 or answer.json()["next"] == token:
            break
        events, token = events + len(answer.json()["events"]), answer.json()["next"]
    return statuses, events, longest


def _import(account: Account, rows: int) -> None:
    with tempfile.TemporaryFile() as file:
        file.write(b"[" + b",".join(orjson.dumps({"row": number}) for number in range(rows)) + b"]")
        file.seek(0)
        form = {"database_id": account.database, "collection_name": "rows"}
        answer = account.client.post("/api/import_data", data=form, files={"json_file": ("rows.json", file)})
    if answer.raise_for_status().status_code == 201:
        return  # a small one is imported at once
    job, ends = answer.json()["job_id"], time.monotonic() + _IMPORT_SECONDS
    while time.monotonic() < ends:
        if account.client.get("/api/import_status", params={"job_id": job}).json()["state"] in ("done", "failed"):
            return
        time.sleep(0.5)
