"""The management routes below /api/v2: what differs from those below /api."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests.support import FILM_FIELDS, FILMS, NOT_FOUND, Tenant, make_tenant, status_and_body


@pytest.fixture(scope="module")
def eve(web: httpx.Client) -> Tenant:
    return make_tenant(web)


def test_a_database_from_its_creation_to_its_end(eve: Tenant) -> None:
    collections = [{"name": "a", "fields": [{"name": "x"}]}, {"name": "b", "fields": [{"name": "y"}]}]
    created = eve.ask("POST /api/v2/create_database/", json={"db_name": "second", "collections": collections})
    assert created.status_code == 201
    database = created.json()["database"]["id"]
    more = {"database_id": database, "collections": [{"name": "c", "fields": [{"name": "z"}]}]}
    assert eve.ask("POST /api/v2/add_collection", json=more).status_code == 201
    query = {"database_id": database}
    names = [
        item["name"] for item in eve.ask("GET /api/v2/get_metadata", params=query).json()["data"]["collections"]
    ]
    assert names == ["a", "b", "c"]
    dropped = eve.ask("DELETE /api/v2/drop_collections", json={**query, "collection_names": ["b"]})
    assert status_and_body(dropped) == (200, {"success": True, "dropped": ["b"]})
    ended = eve.ask("DELETE /api/v2/drop_database", json={**query, "confirmation": "SECOND"})
    assert status_and_body(ended) == (200, {"success": True, "message": "Dropped."})
    gone = {"success": False, "error": "NotFound", "detail": NOT_FOUND}
    assert status_and_body(eve.ask("GET /api/v2/get_metadata", params=query)) == (404, gone)


def test_lists(eve: Tenant) -> None:
    eve.insert("films", FILMS)
    listed = eve.ask("GET /api/v2/list_databases", params={"page_size": "1"}).json()
    assert listed["data"] == [{"id": eve.database, "name": eve.name, "num_collections": 1}]
    assert listed["pagination"] == {"page": 1, "total_items": 1, "total_pages": 1}
    fields = [{"type": "string", **field} for field in FILM_FIELDS]
    collections = [{"name": "films", "num_documents": len(FILMS), "fields": fields}]
    answer = eve.ask("GET /api/v2/list_collections", params={"database_id": eve.database})
    assert status_and_body(answer) == (200, {"success": True, "collections": collections})


@pytest.mark.parametrize("params", [{"page": "0"}, {"page_size": "0"}, {"page_size": "1001"}, {"page": "x"}])
def test_pages_outside_the_range(eve: Tenant, params: dict[str, str]) -> None:
    status, body = status_and_body(eve.ask("GET /api/v2/list_databases", params=params))
    assert (status, body["error"], list(body["detail"])) == (400, "ValidationError", list(params))


def test_an_import(eve: Tenant) -> None:
    form: dict[str, Any] = {
        "data": {"database_id": eve.database, "collection_name": "imported"},
        "files": {"json_file": ("a.json", b'[{"a": 1}]', "application/json")},
    }
    answer = status_and_body(eve.ask("POST /api/v2/import_data", **form))
    assert answer == (201, {"success": True, "collection": "imported", "inserted_count": 1})


def test_the_health_check(web: httpx.Client) -> None:
    status, body = status_and_body(web.get("/api/v2/health_check/"))
    assert (status, body["success"], body["status"]) == (200, True, "healthy")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", body["timestamp"])


def test_refreshing_a_token(web: httpx.Client, eve: Tenant) -> None:
    refused = status_and_body(web.post("/core/auth/token/refresh/", json={"refresh": "nonsense"}))
    assert refused == (401, {"detail": "Token is invalid or expired"})
