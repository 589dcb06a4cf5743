"""Routes of API tokens, and what a token may do."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.dialects.airsequel.people.support import SAMPLES, Member, stored_of
from tests.dialects.airsequel.support import failed, result_of, shape
from tests.support import FILMS, NO_CREDENTIALS, Tenant, make_database

NO_TOKEN = "Token not found. Keys and tokens see no tokens."


@pytest.fixture(scope="module")
def databases(joe: Member) -> tuple[str, str]:
    return joe.new_database("First"), joe.new_database("Second")


@pytest.fixture(scope="module")
def request_body(joe: Member, databases: tuple[str, str]) -> dict[str, Any]:
    """The published request, for two databases of a personal team."""
    body = SAMPLES["POST /api/tokens"]["request"]
    permissions = [item | {"db_id": db_id} for item, db_id in zip(body["permissions"], databases, strict=True)]
    return {**body, "permissions": permissions, "team_name": joe.username}


def test_a_token_is_created_read_changed_and_revoked(joe: Member, request_body, databases) -> None:
    created = joe.get("POST /api/tokens", json=request_body)
    assert shape(created) == shape(SAMPLES["POST /api/tokens"]["response"])
    assert created["permissions"] == [
        {"db_id": databases[0], "db_name": "First", "name": "read"},
        {"db_id": databases[1], "db_name": "Second", "name": "write"},
    ]
    text, route = created["body"], f"/api/tokens/{created['id']}"
    assert (len(text), text[:4]) == (50, "ast_")
    masked = {**created, "body": f"{text[:12]}…"}
    assert joe.get(f"GET {route}") == masked
    assert joe.get(f"GET /api/teams/{joe.username}/tokens")["tokens"][0] == masked
    for scheme in ("Bearer", "Api-Key"):
        listed = joe.get("GET /api/dbs", auth=f"{scheme} {text}")
        assert sorted(item["id"] for item in listed["databases"]) == sorted(databases)
    body = {**SAMPLES["PATCH /api/tokens/:tokenId"]["request"], "team_name": joe.username}
    changed = joe.get(f"PATCH {route}", json=body)
    assert changed == {**masked, "name": body["name"], "description": body["description"]["contents"]}
    assert joe.get(f"DELETE {route}") == {}
    assert result_of(joe.ask("GET /api/dbs", auth=f"Bearer {text}")) == failed(401, "Invalid API Key.")
    for verb in ("GET", "PATCH", "DELETE"):
        assert result_of(joe.ask(f"{verb} {route}", json={})) == failed(404, NO_TOKEN)


@pytest.mark.parametrize(
    ("change", "description", "expires"),
    [
        ({}, "d", True),
        ({"description": "e"}, "e", True),
        ({"description": {"tag": "TextValue", "contents": "f"}}, "f", True),
        ({"description": None}, None, True),
        ({"description": {"tag": "TextNull"}, "expiration_utc": {"tag": "TextNull"}}, None, False),
        ({"expiration_utc": None}, "d", False),
    ],
)
def test_members_have_three_states(joe: Member, request_body, change, description, expires: bool) -> None:
    body = {**request_body, "description": "d", "expiration_utc": "2100-01-01T00:00:00Z"}
    token = joe.get("POST /api/tokens", json=body)
    assert token["expiration_utc"] == "2100-01-01T00:00:00.000Z"
    changed = joe.get(f"PATCH /api/tokens/{token['id']}", json=change)
    assert (changed["description"], changed["expiration_utc"] is not None) == (description, expires)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"team_name": "nothing"}, failed(404, "Team not found. Keys and tokens see no teams.")),
        ({"name": ""}, failed(400, "name: Must be one line of 1 to 100 characters.")),
        (
            {"name": 1, "permissions": [{"db_id": 1, "name": "own"}, 7]},
            failed(
                400,
                "name: Must be one line of 1 to 100 characters.",
                "permissions.0.db_id: Must be the id of a database.",
                "permissions.0.name: Must be one of read, insert, write.",
                "permissions.1: Must be an object with db_id and name.",
            ),
        ),
        ({"permissions": []}, failed(400, "permissions: Must be a list of 1 to 1000 permissions.")),
        (
            {"permissions": [{"db_id": "nothing", "name": "read"}]},
            failed(400, "permissions.0.db_id: Database not found in the team."),
        ),
        ({"expiration_utc": "2000-01-01"}, failed(400, "expiration_utc: It must be in the future.")),
        (
            {"expiration_utc": 7},
            failed(400, "expiration_utc: Must be a time, such as 2030-01-31T12:00:00Z, or null."),
        ),
        (
            {"description": 7},
            failed(400, "description: Must be a string of at most 10000 characters without NUL, or null."),
        ),
    ],
)
def test_a_wrong_token_is_refused(joe: Member, request_body, truth, changes, expected) -> None:
    before = stored_of(joe, truth)
    assert result_of(joe.ask("POST /api/tokens", json={**request_body, **changes})) == expected
    assert stored_of(joe, truth) == before


def test_tokens_of_others_are_missing(joe: Member, jim: Member, request_body, databases, truth) -> None:
    token = joe.get("POST /api/tokens", json=request_body)
    before = [stored_of(member, truth) for member in (joe, jim)]
    for auth in (None, f"Bearer {token['body']}"):
        asking = joe if auth else jim
        for verb in ("GET", "PATCH", "DELETE"):
            answers = [
                result_of(asking.ask(f"{verb} /api/tokens/{name}", auth=auth, json={"name": "x"}))
                for name in (token["id"], 999999999, "x")
            ]
            assert answers == [failed(404, NO_TOKEN)] * 3
    own = {**request_body, "team_name": jim.username}
    unknown = [f"permissions.{index}.db_id: Database not found in the team." for index in range(2)]
    assert result_of(jim.ask("POST /api/tokens", json=own)) == failed(400, *unknown)
    assert result_of(jim.ask("POST /api/tokens", auth="", json=own)) == failed(401, NO_CREDENTIALS)
    assert [stored_of(member, truth) for member in (joe, jim)] == before


def test_a_token_outlives_a_regenerated_id_and_not_a_database(joe: Member) -> None:
    gone, kept = joe.new_database(), joe.new_database()
    permissions = [{"db_id": db_id, "name": "read"} for db_id in (gone, kept)]
    body = {"name": "app", "team_name": joe.username, "permissions": permissions}
    token = joe.get("POST /api/tokens", json=body)
    assert joe.get(f"DELETE /api/dbs/{gone}") == {}
    assert [item["db_id"] for item in joe.get(f"GET /api/tokens/{token['id']}")["permissions"]] == [kept]


# --- what a token may do: permissions × operations ------------------------------------------------------

OPERATIONS: dict[str, tuple[str, dict[str, Any], set[str]]] = {
    "see the database": ("GET /api/dbs/{db}", {}, {"read", "insert", "write"}),
    "find": ("GET /api/crud", {"params": {}}, {"read"}),
    "insert": ("POST /api/crud", {"json": {"data": FILMS[:1]}}, {"insert", "write"}),
    "update": ("PUT /api/crud", {"json": {"filters": {"a": 1}, "update_data": {"b": 1}}}, {"write"}),
    "delete": ("DELETE /api/crud", {"json": {"filters": {"a": 1}}}, {"write"}),
    "add a collection": ("POST /api/add_collection", {"json": {"collections": [{"name": "new"}]}}, set()),
    "drop a collection": ("DELETE /api/drop_collections", {"json": {"collection_names": ["films"]}}, set()),
}


@pytest.fixture(scope="module")
def tokens(anna: Tenant) -> dict[str, tuple[str, str]]:
    """Return (header, database) by permissions: each token may do something else in each of its databases."""
    names = ("read", "insert", "write", "read write")
    databases = {name: make_database(anna.client, anna.bearer)[0] for name in (*names, "nothing")}
    permissions = [{"db_id": databases[several], "name": name} for several in names for name in several.split()]
    body = {"name": "matrix", "team_name": "Alex Dev", "permissions": permissions}
    token = anna.ask("POST /api/tokens", json=body).json()
    assert sorted((item["db_id"], item["name"]) for item in token["permissions"]) == sorted(
        (item["db_id"], item["name"]) for item in permissions
    )
    return {name: (f"Api-Key {token['body']}", database) for name, database in databases.items()}


@pytest.mark.parametrize("permissions", ["read", "insert", "write", "read write", "nothing"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_token_may_do_in_a_database_what_it_says(anna, tokens, truth, operation: str, permissions: str) -> None:
    route, request, needed = OPERATIONS[operation]
    auth, database = tokens[permissions]
    target = {"database_id": database, "collection_name": "films"}
    sent = {name: target | members for name, members in request.items()}
    before = truth.of_team(truth.team_of(anna.email))
    answer: httpx.Response = anna.ask(route.replace("{db}", database), auth=auth, **sent)
    if needed & set(permissions.split()):
        assert answer.is_success, answer.text
        return
    assert answer.status_code == (404 if permissions == "nothing" else 403), answer.text
    assert truth.of_team(truth.team_of(anna.email)) == before


def test_a_token_creates_neither_keys_nor_databases(anna: Tenant, tokens) -> None:
    auth, _ = tokens["write"]
    new = {"db_name": "x", "collections": [{"name": "a", "fields": [{"name": "b"}]}]}
    for route, body in {"POST /api/keys": {"name": "x"}, "POST /api/create_database": new}.items():
        assert anna.ask(route, auth=auth, json=body).status_code == 403
    assert anna.ask("GET /api/keys", auth=auth).status_code == 403
