"""Keys over HTTP, in both dialects: exact statuses and bodies."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from accounts import services
from accounts.models import ApiKey
from catalog.models import Database, State

pytestmark = pytest.mark.django_db
BASE = "60c72b2f9b1d8b1a2d3e4567"
OTHER_BASE = "60c72b2f9b1d8b1a2d3e4568"
DOCUMENT_ACTIONS = ["read", "insert", "write", "delete"]


@pytest.fixture
def bases(anna, ben) -> None:
    """Create the database BASE of Anna, and OTHER_BASE of Ben."""
    for number, (person, public_id) in enumerate([(anna, BASE), (ben, OTHER_BASE)]):
        Database.objects.create(
            public_id=public_id,
            team_id=person.principal.home_team,
            name=f"b{number}",
            physical=f"b{number}",
            state=State.READY,
        )


def test_keys_under_core_have_the_published_shapes(ask, anna) -> None:
    created = ask("POST /core/api/v1/keys/", {"name": " backend "}, auth=anna.bearer)
    assert created.status == 201
    assert created.body["name"] == "backend"
    assert created.body["key"].startswith("dc_")
    (listed,) = ask("GET /core/api/v1/keys/", auth=anna.bearer).body
    assert listed == {
        "_id": created.body["_id"],
        "user_id": str(anna.id),
        "name": "backend",
        "key_display": created.body["key"][:11] + "...",
        "is_active": True,
        "databases": None,
        "actions": [*DOCUMENT_ACTIONS, "design", "own"],
        "created_at": created.body["created_at"],
        "expires_at": None,
        "last_used_at": None,
        "last_used_address": None,
        "addresses": None,
        "rate": None,
        "daily_quota": None,
        "previous_expires_at": None,
    }
    path = f"/core/api/v1/keys/{created.body['_id']}/"
    assert ask(f"DELETE {path}", auth=anna.bearer).status_and_body == (204, None)
    text = "Key not found or permission denied."
    not_found = (404, {"error": text, "detail": text})
    assert ask(f"DELETE {path}", auth=anna.bearer).status_and_body == not_found
    assert ask("GET /core/api/v1/keys/", auth=anna.bearer).status_and_body == (200, [])
    refused = ask("GET /core/api/v1/keys/", auth=f"Api-Key {created.body['key']}")
    assert refused.status_and_body == (401, {"error": "Invalid API Key.", "detail": "Invalid API Key."})


def test_a_key_made_under_core_manages_databases(ask, anna) -> None:
    """A key of the published route may create databases; a key cannot give more than it has itself."""
    key = f"Api-Key {ask('POST /core/api/v1/keys/', {'name': 'k'}, auth=anna.bearer).body['key']}"
    body = {"db_name": "made", "collections": [{"name": "a", "fields": [{"name": "x"}]}]}
    created = ask("POST /api/create_database", body, auth=key)
    assert created.status == 201
    more = {
        "database_id": created.body["database"]["id"],
        "collections": [{"name": "b", "fields": [{"name": "x"}]}],
    }
    assert ask("POST /api/add_collection", more, auth=key).status == 201
    narrow = ask("POST /api/keys", {"name": "n", "actions": ["read", "own"]}, auth=anna.bearer).body["key"]
    below = ask("POST /core/api/v1/keys/", {"name": "k"}, auth=f"Api-Key {narrow}")
    assert (below.status, below.body["actions"]) == (201, ["read", "own"])


def test_a_key_without_a_name(ask, anna) -> None:
    refused = ask("POST /core/api/v1/keys/", {}, auth=anna.bearer)
    assert refused.status_and_body == (
        400,
        {"error": "This field is required.", "name": ["This field is required."]},
    )


def test_keys_in_the_management_dialect(ask, anna, bases) -> None:
    body = {"name": "k", "databases": [BASE], "actions": ["read"], "expires_at": "2099-01-01T00:00:00Z"}
    created = ask("POST /api/keys", body, auth=anna.bearer)
    assert (created.status, created.body["success"]) == (201, True)
    listed = ask("GET /api/keys", auth=anna.bearer)
    expected = {
        "id": created.body["id"],
        "name": "k",
        "prefix": created.body["key"][:11] + "...",
        "databases": [BASE],
        "actions": ["read"],
        "created_at": created.body["created_at"],
        "expires_at": created.body["expires_at"],
        "last_used_at": None,
        "last_used_address": None,
        "addresses": None,
        "rate": None,
        "daily_quota": None,
        "previous_expires_at": None,
    }
    assert listed.status_and_body == (200, {"success": True, "keys": [expected]})
    assert expected["expires_at"].startswith("2099-01-01T00:00:00")
    assert created.body == {"success": True, "key": created.body["key"], **expected}
    path = f"/api/keys/{created.body['id']}"
    revoked = (200, {"success": True, "message": "API key revoked successfully."})
    assert ask(f"DELETE {path}", auth=anna.bearer).status_and_body == revoked
    assert ask(f"DELETE {path}", auth=anna.bearer).status_and_body == (
        404,
        {"success": False, "message": "Key not found or permission denied.", "errors": []},
    )


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["name"]),
        ({"name": ""}, ["name"]),
        ({"name": 1}, ["name"]),
        ({"name": "x" * 101}, ["name"]),
        ({"name": "\0", "actions": "read"}, ["name", "actions"]),
        ({"name": "k", "actions": []}, ["actions"]),
        ({"name": "k", "actions": [1]}, ["actions.0"]),
        ({"name": "k", "actions": ["rule"]}, ["actions"]),
        ({"name": "k", "databases": []}, ["databases"]),
        ({"name": "k", "database": [BASE]}, ["database"]),
        ({"name": "k", "databases": "x"}, ["databases"]),
        ({"name": "k", "databases": [BASE, {}]}, ["databases.1"]),
        ({"name": "k", "databases": ["z" * 24]}, ["databases"]),
        ({"name": "k", "databases": ["f" * 24]}, ["databases.0"]),
        ({"name": "k", "databases": [BASE, OTHER_BASE, "f" * 24]}, ["databases.1", "databases.2"]),
        ({"name": "k", "expires_at": "soon"}, ["expires_at"]),
        ({"name": "k", "expires_at": 5}, ["expires_at"]),
        ({"name": "k", "expires_at": "2001-01-01T00:00:00Z"}, ["expires_at"]),
        ({"name": "k", "expires_at": "9999-12-31T23:59:59-23:59"}, ["expires_at"]),
    ],
)
def test_a_bad_key_is_400_in_both_dialects(ask, anna, bases, body: Any, fields: list[str]) -> None:
    managed = ask("POST /api/keys", body, auth=anna.bearer)
    assert (managed.status, managed.body["success"]) == (400, False)
    assert [error["field"] for error in managed.body["errors"]] == fields
    core = ask("POST /core/api/v1/keys/", body, auth=anna.bearer)
    assert (core.status, list(core.body)) == (400, ["error", *fields])
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("path", ["/api/keys", "/core/api/v1/keys/"])
def test_managing_keys_needs_authentication(ask, anna, rows, path: str) -> None:
    services.keys.create_key(anna.principal, name="k")
    before = rows()
    for route in (f"GET {path}", f"POST {path}", f"DELETE {path.rstrip('/')}/{ApiKey.objects.get().pk}"):
        answer = ask(route, {"name": "x"})
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert rows() == before


@pytest.mark.parametrize("path", ["/api/keys", "/core/api/v1/keys"])
def test_a_foreign_key_and_a_missing_one_get_the_same_response(ask, anna, ben, rows, path: str) -> None:
    key = services.keys.create_key(anna.principal, name="k")
    assert ben.principal
    before = rows()
    foreign = ask(f"DELETE {path}/{key.id}", auth=ben.bearer)
    missing = ask(f"DELETE {path}/{key.id + 1000}", auth=ben.bearer)
    assert foreign.status == 404
    assert foreign.status_and_body == missing.status_and_body
    assert rows() == before


@pytest.mark.parametrize("actions", [None, ["design"]])
def test_a_key_without_own_is_403(ask, anna, rows, actions: Any) -> None:
    key = services.keys.create_key(anna.principal, name="k", actions=actions)
    services.principals.principal_of_key(key.text)
    before = rows()
    for route in ("GET /api/keys", "POST /api/keys", f"DELETE /api/keys/{key.id}"):
        answer = ask(route, {"name": "x"}, auth=f"Api-Key {key.text}")
        assert (answer.status, answer.body["success"]) == (403, False)
    assert rows() == before


def test_a_revoked_key_is_invalid_everywhere_within_two_seconds(http, service_url, stranger) -> None:
    bearer = {"Authorization": stranger.bearer}
    created = http.post("/api/keys", json={"name": "k", "actions": ["own"]}, headers=bearer).json()
    key = {"Authorization": f"Api-Key {created['key']}"}

    def get_in_new_connection(_: int) -> httpx.Response:
        return httpx.get(f"{service_url}/api/keys", headers=key, timeout=60, trust_env=False)

    assert {get_in_new_connection(n).status_code for n in range(20)} == {200}, "every worker accepts it"
    assert http.delete(f"/api/keys/{created['id']}", headers=bearer).status_code == 200
    time.sleep(2)
    assert {get_in_new_connection(n).json()["message"] for n in range(20)} == {"Invalid API Key."}


def test_a_foreign_database_is_refused_as_one_that_does_not_exist(ask, anna, bases) -> None:
    before = ApiKey.objects.count()
    foreign, missing = (
        ask("POST /api/keys", {"name": "k", "databases": [BASE, name]}, auth=anna.bearer)
        for name in (OTHER_BASE, "f" * 24)
    )
    assert foreign.status_and_body == missing.status_and_body
    assert foreign.status == 400
    assert foreign.body["message"] == "databases.1: Database not found."
    assert ApiKey.objects.count() == before
