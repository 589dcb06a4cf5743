"""Use and limits of a team, by day, database and key; and the keys of a new database."""

from __future__ import annotations

import secrets
from typing import Any

from tests.support import FILM_FIELDS, Tenant, until


def usage(tenant: Tenant, *, auth: str | None = None, **params: Any) -> dict[str, Any]:
    answer = tenant.ask("GET /api/usage", auth=auth, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def limits(content: dict[str, Any]) -> dict[str, Any]:
    return {item["name"]: item for item in content["limits"]}


def test_use_by_day_database_and_key(anna: Tenant) -> None:
    created = anna.ask("POST /api/keys", json={"name": "counted", "rate": 500}).json()
    auth = f"Api-Key {created['key']}"
    query = {"database_id": anna.database, "collection_name": "films"}
    for _ in range(3):
        assert anna.ask("GET /api/crud", auth=auth, params=query).status_code == 200
    assert anna.ask("GET /api/crud", auth=auth, params={**query, "page": "x"}).status_code == 400

    def counted() -> dict[str, Any] | None:
        (key,) = [key for key in usage(anna)["keys"] if key["id"] == created["id"]]
        return key if key["requests"] == 4 else None

    key = until(counted)
    assert (key["name"], key["errors"], key["refused"]) == ("counted", 1, 0)
    assert key["last_used_address"] == "127.0.0.1"
    assert [(item["name"], item["limit"]) for item in key["limits"]] == [("rate", 500)]
    content = usage(anna, days=1)
    (day,) = content["days"]
    assert day["requests"] >= 4
    (database,) = [item for item in content["databases"] if item["id"] == anna.database]
    assert database["requests"] >= 4 and database["name"] == anna.name and database["collections"] >= 1
    by_name = limits(content)
    assert by_name["databases"]["used"] == len(content["databases"])
    assert by_name["documents"]["limit"] is None and by_name["bytes"]["used"] > 0
    assert by_name["keys"]["used"] == len(content["keys"])
    assert content["people"]["requests"] > 0


def test_a_key_sees_itself_and_its_databases(anna: Tenant) -> None:
    created = anna.ask("POST /api/create_database", json={**new_database(), "keys": True}).json()
    key = created["keys"]["read_only"]
    content = usage(anna, auth=f"Api-Key {key['key']}")
    assert [item["id"] for item in content["databases"]] == [created["database"]["id"]]
    assert [item["id"] for item in content["keys"]] == [key["id"]]
    assert content["limits"] == []


def test_tenants_see_only_their_own(anna: Tenant, ben: Tenant) -> None:
    assert anna.database not in {item["id"] for item in usage(ben)["databases"]}
    theirs = {key["id"] for key in usage(ben)["keys"]}
    assert not theirs & {key["id"] for key in usage(anna)["keys"]}


def test_invalid_requests(anna: Tenant) -> None:
    for days in ("0", "91", "x"):
        assert anna.ask("GET /api/usage", params={"days": days}).status_code == 400
    assert anna.ask("GET /api/usage", auth="").status_code == 401
    assert anna.ask("GET /api/usage", auth=anna.new_key(actions=["insert"])).status_code == 403


def new_database() -> dict[str, Any]:
    return {"db_name": f"d_{secrets.token_hex(6)}", "collections": [{"name": "films", "fields": FILM_FIELDS}]}


def test_a_new_database_with_two_keys(anna: Tenant) -> None:
    body = new_database()
    created = anna.ask("POST /api/create_database", json={**body, "keys": True})
    assert created.status_code == 201
    database, keys = created.json()["database"], created.json()["keys"]
    assert {kind: key["name"] for kind, key in keys.items()} == {
        "full": f"{database['name']} full",
        "read_only": f"{database['name']} read-only",
    }
    target = {"database_id": database["id"], "collection_name": "films"}
    insert = {**target, "data": [{"Title": "Alien"}]}
    statuses = {
        kind: (
            anna.ask("POST /api/crud", auth=f"Api-Key {key['key']}", json=insert).status_code,
            anna.ask("GET /api/crud", auth=f"Api-Key {key['key']}", params=target).status_code,
            anna.ask("GET /api/list_databases", auth=f"Api-Key {key['key']}").json()["pagination"]["total_items"],
        )
        for kind, key in keys.items()
    }
    assert statuses == {"full": (201, 200, 1), "read_only": (403, 200, 1)}
    assert "keys" not in anna.ask("POST /api/create_database", json=new_database()).json()


def test_no_database_without_the_right_to_make_keys(anna: Tenant) -> None:
    designer = anna.new_key(actions=["read", "insert", "write", "delete", "design"])
    body = new_database()
    assert anna.ask("POST /api/create_database", auth=designer, json={**body, "keys": True}).status_code == 403
    assert anna.ask("POST /api/create_database", json={**body, "keys": "yes"}).status_code == 400
    listed = anna.ask("GET /api/list_databases", params={"search": body["db_name"]}).json()
    assert listed["data"] == []
