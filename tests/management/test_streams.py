"""The progress of an import as its listener receives it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support import NO_CREDENTIALS, NOT_FOUND, Tenant, ask

ROWS = 30_000
LISTEN = {"Accept": "text/event-stream"}


def start_import(tenant: Tenant, *, rows: int, broken: bool = False) -> str:
    text = ",".join(json.dumps({"n": number, "note": "x" * 20}) for number in range(rows))
    content = f"[{text}{',{' if broken else ']'}".encode()
    answer = tenant.upload(content, name=f"rows{rows}{broken}.json")
    assert answer.status_code == 202, answer.text
    return answer.json()["job_id"]


def events(tenant: Tenant, job: str) -> Iterator[tuple[str, dict[str, Any]]]:
    headers = {**LISTEN, "Authorization": tenant.bearer}
    path = "/api/import_status"
    with tenant.client.stream("GET", path, params={"job_id": job}, headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream"
        name = ""
        for line in answer.iter_lines():
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                yield name, json.loads(value)


def test_progress_rises_until_done(anna: Tenant) -> None:
    received = list(events(anna, start_import(anna, rows=ROWS)))

    *progress, (last, job) = received
    assert last == "done"
    assert (job["state"], job["percent"], job["inserted_count"]) == ("done", 100.0, ROWS)
    assert {name for name, _ in progress} <= {"progress"}
    counts = [data["inserted_count"] for _, data in received]
    assert counts == sorted(counts)


def test_failure_is_the_last_event(anna: Tenant) -> None:
    *_, (last, job) = events(anna, start_import(anna, rows=ROWS, broken=True))

    assert last == "failed"
    assert job["state"] == "failed"
    assert f"row {ROWS}" in job["message"]
    assert job["inserted_count"] == 0


def test_same_address_without_the_accept_header_answers_json(anna: Tenant) -> None:
    job = start_import(anna, rows=ROWS)

    assert anna.ask("GET /api/import_status", params={"job_id": job}).json()["job_id"] == job
    assert [name for name, _ in events(anna, job)][-1] == "done"


@pytest.mark.parametrize(
    ("params", "with_credentials", "status", "message"),
    [
        ({}, True, 400, "Value Error: job_id is required"),
        ({"job_id": "0" * 32}, True, 404, NOT_FOUND),
        ({"job_id": "0" * 32}, False, 401, NO_CREDENTIALS),
    ],
)
def test_refusals_come_before_the_stream(
    anna: Tenant, params: dict[str, str], with_credentials: bool, status: int, message: str
) -> None:
    auth = anna.bearer if with_credentials else ""
    answer = ask(anna.client, "GET /api/import_status", auth=auth, params=params, headers=LISTEN)

    assert answer.status_code == status
    assert answer.json()["message"] == message


def test_strangers_job_is_not_found(anna: Tenant, ben: Tenant) -> None:
    job = start_import(anna, rows=ROWS)
    answer = ben.ask("GET /api/import_status", params={"job_id": job}, headers=LISTEN)

    assert answer.status_code == 404
    assert answer.json()["message"] == NOT_FOUND
    assert [name for name, _ in events(anna, job)][-1] == "done"


def test_listener_that_leaves_frees_its_place(anna: Tenant, service_url: str) -> None:
    job = start_import(anna, rows=ROWS)
    headers = {**LISTEN, "Authorization": anna.bearer}
    for _ in range(20):
        with httpx.stream(
            "GET",
            f"{service_url}/api/import_status",
            params={"job_id": job},
            headers=headers,
            timeout=60,
            trust_env=False,
        ) as answer:
            next(answer.iter_lines())
    assert [name for name, _ in events(anna, job)][-1] == "done"
