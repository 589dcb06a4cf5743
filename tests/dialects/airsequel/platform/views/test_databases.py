"""Databases: list, create, read, change and delete."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from dialects.airsequel.platform.sql_script import MAX_SCRIPT_LENGTH
from tests.dialects.airsequel.support import SAMPLES, Airsequel, failed, result_of, shape
from tests.support import NO_CREDENTIALS, make_tenant

MISSING = failed(404, "Not found or access denied")
TABLES = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT UNIQUE)"


@pytest.fixture(scope="module")
def db_id(airsequel: Airsequel) -> str:
    return airsequel.new_database(TABLES)


def test_the_published_requests(airsequel: Airsequel) -> None:
    """Check that the published bodies are accepted, and that answers have the published members."""
    body = {name: value for name, value in SAMPLES["POST /api/dbs"]["request"].items() if name != "team"}
    created = airsequel.get("POST /api/dbs", json=body)
    assert shape(created) == shape(SAMPLES["POST /api/dbs"]["response"])
    assert created["id"].startswith("example-database-")
    change = {
        **SAMPLES["PATCH /api/dbs/:dbId"]["request"],
        "owner": {"contents": created["ownerName"], "tag": "TextValue"},
    }
    assert airsequel.get(f"PATCH /api/dbs/{created['id']}", json=change) == {}
    answer = airsequel.get(f"GET /api/dbs/{created['id']}")
    assert set(answer) == {*SAMPLES["GET /api/dbs/:dbId"]["response"], "name"}
    expected = {
        "auditing": True,
        "description": "New Database Description",
        "environment": None,
        "fileFormat": "csv",
        "fileName": None,
        "id": created["id"],
        "location": None,
        "name": "New Database Name",
        "owner": created["ownerName"],
        "schemaLocked": False,
        "tables": [{"name": "users", "tableType": "Table"}],
        "userVersion": 0,
        "viewsTab": False,
        "visibility": "private",
    }
    assert {name: answer[name] for name in expected} == expected
    listed = airsequel.get("GET /api/dbs")
    assert listed["numberOfDatabases"] == len(listed["databases"])
    assert created["id"] in [item["id"] for item in listed["databases"]]
    assert airsequel.get(f"POST /api/dbs/{created['id']}/vacuum") == {}
    assert airsequel.get(f"DELETE /api/dbs/{created['id']}") == {}
    assert result_of(airsequel.ask(f"GET /api/dbs/{created['id']}")) == MISSING


def test_the_other_dialects_see_its_tables(airsequel: Airsequel, db_id: str) -> None:
    params = {"database_id": airsequel.catalog_id(db_id)}
    collections = airsequel.tenant.ask("GET /api/get_metadata", params=params).json()["data"]["collections"]
    assert [
        (item["name"], [field["name"] for field in item["fields"] if "hidden" not in field]) for item in collections
    ] == [("users", ["id", "name", "email"])]


def test_the_id_of_another_dialect_is_unknown_where_one_is_shared(airsequel: Airsequel, db_id: str) -> None:
    assert result_of(airsequel.ask(f"GET /api/dbs/{airsequel.catalog_id(db_id)}")) == MISSING
    assert airsequel.get(f"GET /api/dbs/{airsequel.tenant.database}")["id"] == airsequel.tenant.database


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        ({}, ["name: name is required"]),
        ({"name": ""}, ["name: Must have 1 to 100 characters."]),
        ({"name": "x" * 101}, ["name: Must have 1 to 100 characters."]),
        ({"name": 1, "query": 2}, ["name: Must be a string without NUL.", "query: Must be a string."]),
        ({"name": "x", "team": "strangers"}, ["team: You are in no team of this name."]),
        (
            {"name": "x", "fileFormat": "a/b"},
            ["fileFormat: Must be the name of a file format, with at most 20 characters."],
        ),
        ({"name": "x", "query": "drop table x"}, ["query: no such table: x"]),
        (
            {"name": "x", "query": "y" * (MAX_SCRIPT_LENGTH + 1)},
            [f"query: A script has at most {MAX_SCRIPT_LENGTH} characters."],
        ),
        (
            {"name": "x", "query": 'CREATE TABLE "a b" (x)'},
            ["collections.0.name: May only contain letters, digits, '_' and '-'."],
        ),
    ],
)
@pytest.mark.usefixtures("nothing_changes")
def test_refused_databases(airsequel: Airsequel, body: dict[str, Any], messages: list[str]) -> None:
    assert result_of(airsequel.ask("POST /api/dbs", json=body)) == failed(400, *messages)


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        ({"name": ""}, ["name: Must have 1 to 100 characters."]),
        ({"owner": None}, ["owner: You are in no team of this name."]),
        ({"owner": {"tag": "TextNull"}}, ["owner: You are in no team of this name."]),
        (
            {"name": "", "owner": "strangers"},
            ["name: Must have 1 to 100 characters.", "owner: You are in no team of this name."],
        ),
        ({"description": 1}, ["description: Must be a string of at most 10000 characters without NUL, or null."]),
        ([], ["The JSON body must be an object."]),
    ],
)
def test_refused_changes(airsequel: Airsequel, db_id: str, body: Any, messages: list[str]) -> None:
    before = airsequel.unsized(f"GET /api/dbs/{db_id}")
    assert result_of(airsequel.ask(f"PATCH /api/dbs/{db_id}", json=body)) == failed(400, *messages)
    assert airsequel.unsized(f"GET /api/dbs/{db_id}") == before


def test_members_that_are_not_sent_stay(airsequel: Airsequel, db_id: str) -> None:
    name = airsequel.get(f"GET /api/dbs/{db_id}")["name"]
    airsequel.get(f"PATCH /api/dbs/{db_id}", json={"description": "x"})
    airsequel.get(f"PATCH /api/dbs/{db_id}", json={})
    described = airsequel.get(f"GET /api/dbs/{db_id}")
    assert (described["name"], described["description"]) == (name, "x")
    airsequel.get(f"PATCH /api/dbs/{db_id}", json={"description": {"tag": "TextNull"}})
    assert airsequel.get(f"GET /api/dbs/{db_id}")["description"] is None


def test_visitors_and_strangers(web: httpx.Client, airsequel: Airsequel, db_id: str) -> None:
    stranger = make_tenant(web)
    unauthenticated = failed(401, NO_CREDENTIALS)
    for route in (f"GET /api/dbs/{db_id}", "GET /api/dbs/unknown", "GET /api/dbs"):
        assert result_of(airsequel.ask(route, auth="")) == unauthenticated
    for verb in ("GET", "PATCH", "DELETE"):
        answer = airsequel.ask(f"{verb} /api/dbs/{db_id}", auth=stranger.bearer)
        assert result_of(answer) == MISSING
