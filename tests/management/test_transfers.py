"""Exports and cancelled imports over HTTP."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest

from tests.support import FILMS, MISSING_ID, Tenant, status_and_body, until


@pytest.fixture(scope="module")
def films(anna: Tenant) -> str:
    name = anna.new_collection()
    anna.insert(name, FILMS)
    index = {"database_id": anna.database, "collection_name": name, "keys": [{"field": "at", "order": "2dsphere"}]}
    assert anna.ask("POST /api/indexes", json=index).status_code == 201
    return name


def export(anna: Tenant, name: str, **params: Any) -> Any:
    return anna.ask("GET /api/export", params={"database_id": anna.database, "collection_name": name, **params})


@pytest.mark.parametrize(
    ("format", "media"),
    [("", "application/json"), ("ndjson", "application/x-ndjson"), ("csv", "text/csv; charset=utf-8")],
)
def test_a_file_comes_with_its_name(anna: Tenant, films: str, format: str, media: str) -> None:
    answer = export(anna, films, **({"format": format} if format else {}))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, media)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{films}.{format or "json"}"'


def test_what_is_exported_is_imported_again(anna: Tenant, films: str) -> None:
    for format in ("json", "ndjson"):
        name = f"c_{secrets.token_hex(6)}"
        raw = export(anna, films, format=format).content
        assert anna.upload(raw, collection_name=name).status_code == 201
        exported = json.loads(export(anna, name).content)
        assert exported == FILMS


@pytest.mark.parametrize("format", ["json", "ndjson"])
def test_what_the_service_sets_itself_is_set_again(anna: Tenant, format: str) -> None:
    fields = [{"name": "n", "type": "autonumber"}, {"name": "t"}, {"name": "label", "template": "{{t}}!"}]
    name = anna.new_collection(*fields)
    anna.insert(name, [{"t": "a"}, {"t": "b"}])
    raw = export(anna, name, format=format).content
    assert anna.upload(raw, collection_name=name).status_code == 201
    exported = json.loads(export(anna, name, sort="n").content)
    assert exported == [{"t": "a", "n": 1}, {"t": "b", "n": 2}, {"t": "a", "n": 3}, {"t": "b", "n": 4}]

    answer = anna.client.get(f"/db/{anna.database}/rest/{name}", headers={"x-apikey": anna.key})
    imported = [{key: item[key] for key in ("t", "n", "label")} for item in answer.json()]
    assert anna.upload(json.dumps(imported).encode(), collection_name=name).status_code == 201
    assert [item["n"] for item in json.loads(export(anna, name, sort="n").content)] == [*range(1, 9)]

    new = f"c_{secrets.token_hex(6)}"
    assert anna.upload(raw, collection_name=new, fields=json.dumps(fields)).status_code == 201
    assert json.loads(export(anna, new, sort="n").content) == exported[:2]


def test_many_documents_are_streamed(anna: Tenant) -> None:
    name = anna.new_collection()
    for start in range(0, 3000, 1000):
        anna.insert(name, [{"n": start + number, "text": "x" * 500} for number in range(1000)])
    params = {"database_id": anna.database, "collection_name": name, "format": "ndjson", "sort": "n"}
    with anna.client.stream("GET", "/api/export", params=params, headers={"Authorization": anna.bearer}) as answer:
        assert "Content-Length" not in answer.headers
        numbers = [json.loads(line)["n"] for line in answer.iter_lines() if line]
    assert numbers == list(range(3000))


def test_who_goes_away_amid_a_file_leaves_the_service_well(anna: Tenant, films: str) -> None:
    name = anna.new_collection()
    anna.insert(name, [{"text": "x" * 10_000} for _ in range(1000)])
    for _ in range(10):
        params = {"database_id": anna.database, "collection_name": name}
        with anna.client.stream(
            "GET", "/api/export", params=params, headers={"Authorization": anna.bearer}
        ) as answer:
            next(answer.iter_raw(100))
    assert export(anna, films).status_code == 200


@pytest.mark.parametrize(
    ("params", "status", "field"),
    [
        ({"filters": "[]"}, 400, "filters"),
        ({"filters": '{"$where": "1"}'}, 400, "filters.$where"),
        ({"filters": '{"at": {"$near": {"$geometry": {"type": "Point", "coordinates": [0, 0]}}}}'}, 400, "filters"),
        ({"format": "xlsx"}, 400, "format"),
        ({"system": "yes"}, 400, "system"),
        ({"sort": '{"a": 2}'}, 400, "sort"),
        ({"collection_name": "none"}, 404, None),
        ({"database_id": MISSING_ID}, 404, None),
    ],
)
def test_errors_have_a_status(anna: Tenant, films: str, params: Any, status: int, field: str | None) -> None:
    answer = export(anna, films, **params)
    assert answer.status_code == status
    assert [error["field"] for error in answer.json()["errors"]] == ([field] if field else [])


def test_an_import_is_cancelled(anna: Tenant) -> None:
    name = f"c_{secrets.token_hex(6)}"
    large = json.dumps([{"n": number, "text": "x" * 40} for number in range(60_000)]).encode()
    job = anna.upload(large, collection_name=name).json()["job_id"]
    answer = anna.ask("POST /api/cancel_job", json={"job_id": job})
    assert answer.status_code in (202, 409), answer.text
    state: dict[str, Any] = {}

    def ended() -> bool:
        state.update(anna.ask("GET /api/job_status", params={"job_id": job}).json())
        return state["state"] in ("done", "failed")

    until(ended)
    if answer.status_code == 202 and state["state"] == "failed":
        assert (state["cancelled"], state["message"]) == (True, "The import was cancelled.")
        assert export(anna, name).status_code == 404
        resumed = anna.ask("POST /api/resume_job", json={"job_id": job})
        assert (resumed.status_code, resumed.json()["cancelled"]) == (202, False)
        until(ended)
        assert (state["state"], state["inserted_count"]) == ("done", 60_000)
    refused = anna.ask("POST /api/resume_job", json={"job_id": job})
    assert refused.status_code == 409
    again = anna.ask("POST /api/cancel_job", json={"job_id": job})
    assert (again.status_code, again.json()["message"]) == (409, f"The import has ended: it is {state['state']}.")


def test_a_job_must_be_named(anna: Tenant) -> None:
    assert status_and_body(anna.ask("POST /api/cancel_job", json={}))[0] == 400
    reader = anna.new_key(actions=["read"])
    large = json.dumps([{"text": "x" * 1000}] * 1100).encode()
    job = anna.upload(large, collection_name=f"c_{secrets.token_hex(6)}").json()["job_id"]
    denied = anna.ask("POST /api/cancel_job", auth=reader, json={"job_id": job})
    assert (denied.status_code, status_and_body(anna.ask("GET /api/job_status", params={"job_id": job}))[0]) == (
        403,
        200,
    )
