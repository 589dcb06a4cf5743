"""Settings and environment variables of databases and of the installation."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

import accounts.services
from accounts.models import User
from tests.dialects.airsequel.support import SAMPLES, Airsequel, failed, result_of
from tests.support import NO_CREDENTIALS, PASSWORD, Truth

NAME = "name: Must have 1 to 100 letters, digits and '_', and not begin with a digit."
VALUE = "value: Must be a string of at most 32768 bytes (MAX_VARIABLE_BYTES) without NUL."
LOCKED = "The schema of this database is locked. Unlock it in its settings to change collections or fields."


@pytest.fixture(scope="module")
def base(airsequel: Airsequel) -> str:
    """The address of a database."""
    return f"/api/dbs/{airsequel.new_database('CREATE TABLE users (name TEXT)')}"


def test_settings(airsequel: Airsequel, base: str) -> None:
    before = airsequel.get(f"GET {base}/settings")
    assert before == {
        "auditing": True,
        "envVars": [],
        "environment": None,
        "schemaLocked": False,
        "viewsTab": False,
        "visibility": "private",
    }
    published = SAMPLES["PATCH /api/dbs/:dbId/settings"]["request"]
    assert airsequel.get(f"PATCH {base}/settings", json=published) == {}
    after = airsequel.get(f"GET {base}/settings")
    assert [item["name"] for item in after.pop("envVars")] == ["HELLO"]
    assert after == {
        "auditing": True,
        "environment": "production",
        "schemaLocked": False,
        "viewsTab": True,
        "visibility": "public",
    }
    assert airsequel.get(f"GET {base}", auth="")["environment"] == "production"
    assert airsequel.get(f"GET {base}/tables/users", auth="")["rowids"] == []
    change = {"environment": None, "visibility": "private", "auditing": None}
    assert airsequel.get(f"PATCH {base}/settings", json=change) == {}
    assert result_of(airsequel.ask(f"GET {base}", auth="")) == failed(401, NO_CREDENTIALS)
    after = airsequel.get(f"GET {base}/settings")
    assert (after["environment"], after["auditing"], after["viewsTab"]) == (None, True, True)


def test_auditing_is_the_history_of_every_table(airsequel: Airsequel) -> None:
    """Where a table has none, `true` switches it on; `false` switches nothing off."""
    db_id = airsequel.new_database("CREATE TABLE users (name TEXT); CREATE TABLE films (name TEXT)")
    route = f"/api/dbs/{db_id}/settings"
    body = {"database_id": airsequel.catalog_id(db_id), "collection_name": "users", "history": False}
    assert airsequel.tenant.ask("PATCH /api/collection_schema", json=body).status_code == 200
    assert airsequel.get(f"GET {route}")["auditing"] is False
    for auditing, expected in ((False, False), (True, True), (False, True)):
        assert airsequel.get(f"PATCH {route}", json={"auditing": auditing}) == {}
        assert airsequel.get(f"GET {route}")["auditing"] is expected
    assert airsequel.get(f"GET /api/dbs/{db_id}")["auditing"] is True


def test_visitors_of_a_public_database_only_read(airsequel: Airsequel) -> None:
    base = f"/api/dbs/{airsequel.new_database('CREATE TABLE users (name TEXT)')}"
    airsequel.get(f"PATCH {base}/settings", json={"visibility": "public"})
    before = airsequel.unsized(f"GET {base}")
    for route in (
        f"DELETE {base}",
        f"PUT {base}/tables/x",
        f"GET {base}/settings",
        f"GET {base}/env",
        f"DELETE {base}/tables/users",
    ):
        assert result_of(airsequel.ask(route, auth="")) == failed(401, NO_CREDENTIALS), route
    assert result_of(airsequel.ask(f"GET {base}/tables/lost", auth=""))[0] == 404
    assert airsequel.unsized(f"GET {base}") == before


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        ({"visibility": "hidden"}, ["visibility: Must be private or public."]),
        (
            {"auditing": 1, "schemaLocked": "x", "environment": 2},
            [
                "auditing: Must be true or false.",
                "environment: Must be a string of at most 10000 characters without NUL, or null.",
                "schemaLocked: Must be true or false.",
            ],
        ),
        ({"envVars": [{"name": "A"}, {"name": "1", "value": "x"}]}, [f"envVars.0.{VALUE}", f"envVars.1.{NAME}"]),
        ({"envVars": {}}, ["envVars: Must be an array of objects with a name and a value."]),
    ],
)
@pytest.mark.usefixtures("nothing_changes")
def test_refused_settings(airsequel: Airsequel, base: str, body: Any, messages: list[str]) -> None:
    assert result_of(airsequel.ask(f"PATCH {base}/settings", json=body)) == failed(400, *messages)


def test_a_locked_schema_is_refused_in_every_dialect(airsequel: Airsequel, truth: Truth) -> None:
    db_id = airsequel.new_database("CREATE TABLE users (name TEXT)")
    tenant, database = airsequel.tenant, airsequel.catalog_id(db_id)
    table = f"/api/dbs/{db_id}/tables/users"
    airsequel.get(f"PATCH /api/dbs/{db_id}/settings", json={"schemaLocked": True})
    before = truth.of_team(truth.team_of(tenant.email))
    for route, body in {
        f"PUT {table}2": {},
        f"PATCH {table}": {"name": "people"},
        f"DELETE {table}": {},
        f"PUT {table}/columns/age": {},
        f"PATCH {table}/columns/name": {"name": "title"},
        f"DELETE {table}/columns/name": {},
    }.items():
        assert result_of(airsequel.ask(route, json=body)) == failed(403, LOCKED), route
    named = {"database_id": database, "collection_name": "users"}
    for route, members in {
        "POST /api/add_collection": {"collections": [{"name": "x", "fields": [{"name": "a"}]}]},
        "DELETE /api/drop_collections": {"collection_names": ["users"]},
        "PATCH /api/collection_schema": {"strict": True},
    }.items():
        answer = tenant.ask(route, json={**named, **members})
        assert (answer.status_code, answer.json()["message"]) == (403, LOCKED), route
    entity_type = {"title": "Person", "isResource": True, "attributes": [{"title": "name", "type": "string"}]}
    answer = tenant.ask(f"POST /communibase/{database}/0.1/EntityType.json/crud", json=entity_type)
    assert (answer.status_code, answer.json()["message"]) == (403, LOCKED)
    assert truth.of_team(truth.team_of(tenant.email)) == before
    assert tenant.ask("POST /api/crud", json={**named, "data": [{"name": "Ann"}]}).status_code == 201
    airsequel.get(f"PATCH {table}", json={"description": "still described"})


def test_variables(airsequel: Airsequel, truth: Truth) -> None:
    env = f"/api/dbs/{airsequel.new_database()}/env"
    secret = secrets.token_hex(16)
    published = SAMPLES["POST /api/dbs/:dbId/env"]["request"]
    added = airsequel.get(f"POST {env}", json={**published, "value": secret})
    assert added == {"name": "ENVIRONMENT", "value": secret, "created_utc": added["created_utc"]}
    assert set(added) == set(SAMPLES["POST /api/dbs/:dbId/env"]["response"])
    assert airsequel.get(f"GET {env}") == {"envVars": [added]}
    assert not any(secret in str(row) for row in truth.rows("SELECT * FROM environment_environmentvariable"))
    exists = failed(409, "The variable ENVIRONMENT exists already.")
    assert result_of(airsequel.ask(f"POST {env}", json=published)) == exists
    assert airsequel.get(f"PATCH {env}/ENVIRONMENT", json=published) == {}
    assert airsequel.get(f"PATCH {env}/ENVIRONMENT", json={"name": "STAGE"}) == {}
    (changed,) = airsequel.get(f"GET {env}")["envVars"]
    assert (changed["name"], changed["value"]) == ("STAGE", "development")
    assert airsequel.get(f"DELETE {env}/STAGE") == {}
    for verb in ("PATCH", "DELETE"):
        answer = airsequel.ask(f"{verb} {env}/STAGE", json={"value": "x"})
        assert result_of(answer) == failed(404, "Variable not found.")
    assert airsequel.get(f"GET {env}") == {"envVars": []}


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        ({}, [NAME, VALUE]),
        ({"name": "1A", "value": 1}, [NAME, VALUE]),
        ({"name": "A", "value": "x" * 32_769}, [VALUE]),
        ({"name": "A", "value": "\0"}, [VALUE]),
    ],
)
@pytest.mark.usefixtures("nothing_changes")
def test_refused_variables(airsequel: Airsequel, base: str, body: Any, messages: list[str]) -> None:
    assert result_of(airsequel.ask(f"POST {base}/env", json=body)) == failed(400, *messages)


# --- the installation, in this process ------------------------------------------------------------------


@pytest.fixture
def administrator(db: None) -> Callable[..., tuple[int, Any]]:
    """Return `send(route, body)`, which sends a request of an administrator."""
    email = f"{secrets.token_hex(8)}@example.com"
    accounts.services.people.register(email, password=PASSWORD, first_name="A", last_name="B")
    User.objects.filter(email=email).update(is_admin=True)
    tokens = accounts.services.sessions.log_in(email, password=PASSWORD)
    headers = {"Authorization": f"Bearer {tokens.access}"}

    def send(route: str, body: Any = None) -> tuple[int, Any]:
        verb, path = route.split(" ")
        content = "" if body is None else json.dumps(body)
        answer = Client().generic(verb, path, content, "application/json", headers=headers)
        return answer.status_code, json.loads(answer.content)

    return send


def test_server_settings(administrator: Callable[..., tuple[int, Any]]) -> None:
    assert administrator("GET /api/settings") == (200, {"allowedHosts": [], "envVars": []})
    published = SAMPLES["PATCH /api/settings"]["request"]
    assert administrator("PATCH /api/settings", published) == (200, {})
    status, stored = administrator("GET /api/settings")
    assert (status, stored["allowedHosts"]) == (200, published["allowedHosts"])
    assert [item["name"] for item in stored["envVars"]] == ["HELLO"]
    refused = {"allowedHosts": ["a b", "example.org:1", 2], "envVars": []}
    text = "Must be a host, or a host and a port such as example.org:443."
    assert administrator("PATCH /api/settings", refused) == failed(
        400, f"allowedHosts.0: {text}", f"allowedHosts.2: {text}"
    )
    status, variables = administrator("GET /api/settings/env")
    assert [item["value"] for item in variables["envVars"]] == ["world"]
    assert administrator("POST /api/settings/env", {"name": "A", "value": "b"})[0] == 200
    assert administrator("POST /api/settings/env", {"name": "A", "value": "b"})[0] == 409
    assert administrator("PATCH /api/settings/env/A", {"name": "B"}) == (200, {})
    assert administrator("DELETE /api/settings/env/B") == (200, {})
    assert administrator("DELETE /api/settings/env/B") == failed(404, "Variable not found.")
