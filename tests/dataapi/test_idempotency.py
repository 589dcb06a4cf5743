"""One effect for one `Idempotency-Key`, however often and however fast the request is sent."""

from __future__ import annotations

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support import Tenant, Truth, refused, status_and_body

REUSED = "This Idempotency-Key was used for another request."


@pytest.fixture(params=[True, False], ids=["with history", "plain"])
def things(request: pytest.FixtureRequest, anna: Tenant) -> str:
    return anna.new_collection(
        {"name": "slug", "unique": True}, {"name": "n", "type": "number"}, history=request.param
    )


@pytest.fixture
def key() -> str:
    return f"a key {secrets.token_hex(8)}!"


def send(tenant: Tenant, route: str, collection: str, key: str, *, auth: str | None = None, **body: Any) -> Any:
    target = {"database_id": tenant.database, "collection_name": collection}
    return tenant.ask(route, auth=auth, headers={"Idempotency-Key": key}, json=target | body)


@pytest.mark.parametrize("route", ["POST /api/restore", "POST /api/undelete"])
def test_documents_are_undeleted_once(anna: Tenant, key: str, route: str) -> None:
    things = anna.new_collection({"name": "n", "type": "number"})
    (one,) = anna.insert(things, [{"n": 1}])
    target = {"database_id": anna.database, "collection_name": things, "filters": {"_id": one}}
    assert anna.ask("DELETE /api/crud", json=target).status_code == 200
    body = {"document_id": one} | ({"version": 1} if route.endswith("restore") else {})
    first, again = (send(anna, route, things, key, **body) for _ in range(2))
    assert (first.status_code, first.json()["data"]["_sys"]["version"]) == (200, 2)
    assert status_and_body(again) == status_and_body(first)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert anna.find(things)["data"][0]["_sys"]["version"] == 2


REQUESTS: dict[str, tuple[str, dict[str, Any]]] = {
    "insert one": ("POST /api/crud", {"data": [{"n": 1}]}),
    "insert many": ("POST /api/crud", {"data": [{"n": 1}, {"n": 2}]}),
    "update": ("PUT /api/crud", {"filters": {"slug": "a"}, "update_data": {"$inc": {"n": 1}}}),
    "upsert": ("PUT /api/crud", {"filters": {"slug": "z"}, "update_data": {"$inc": {"n": 1}}, "upsert": True}),
    "delete": ("DELETE /api/crud", {"filters": {"slug": "a"}}),
    "bulk": (
        "POST /api/crud/bulk",
        {
            "operations": [
                {"insert": {"n": 1}},
                {"update": {"filters": {"slug": "a"}, "update_data": {"$inc": {"n": 1}}}},
            ]
        },
    ),
}


@pytest.mark.parametrize("request_name", REQUESTS)
def test_the_same_request_twice_has_one_effect(anna: Tenant, things: str, key: str, request_name: str) -> None:
    anna.insert(things, [{"slug": "a", "n": 5}])
    route, body = REQUESTS[request_name]
    first = send(anna, route, things, key, **body)
    assert first.is_success and "Idempotency-Replayed" not in first.headers
    after = anna.find(things)
    for _ in range(3):
        again = send(anna, route, things, key, **body)
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert again.headers["Idempotency-Replayed"] == "true"
        assert {again.headers[name] for name in ("Content-Type", "Cache-Control")} == {
            "application/json",
            "no-store",
        }
    assert anna.find(things) == after


@pytest.mark.parametrize("request_name", REQUESTS)
def test_twelve_at_once_have_one_effect(anna: Tenant, things: str, key: str, request_name: str) -> None:
    anna.insert(things, [{"slug": "a", "n": 5}])
    route, body = REQUESTS[request_name]

    def patient(_: int) -> Any:
        while True:
            answer = send(anna, route, things, key, **body)
            if answer.status_code != 409:
                return answer
            assert answer.headers["Retry-After"] == "1"
            time.sleep(0.02)

    with ThreadPoolExecutor(12) as pool:
        answers = [*pool.map(patient, range(12))]
    assert len({(answer.status_code, answer.content) for answer in answers}) == 1
    assert answers[0].is_success
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    documents = anna.find(things)["data"]
    expected = {"insert one": 2, "insert many": 3, "update": 1, "upsert": 2, "delete": 0, "bulk": 2}
    assert len(documents) == expected[request_name]
    assert all(item["_sys"]["version"] <= 2 and item["n"] in (1, 2, 5, 6) for item in documents)


def test_another_request_under_the_same_key(anna: Tenant, things: str, key: str) -> None:
    assert send(anna, "POST /api/crud", things, key, data=[{"n": 1}]).status_code == 201
    other = send(anna, "POST /api/crud", things, key, data=[{"n": 2}])
    assert status_and_body(other) == (422, refused(REUSED, ("Idempotency-Key", REUSED)))
    assert anna.count(things) == 1
    # Another route, and another team's key of the same text, are something else.
    assert send(anna, "DELETE /api/crud", things, key, filters={"n": 1}).status_code == 200


def test_a_precondition_is_part_of_the_request(anna: Tenant, things: str, key: str) -> None:
    (one,) = anna.insert(things, [{"n": 1}])
    target = {
        "database_id": anna.database,
        "collection_name": things,
        "filters": {"_id": one},
        "update_data": {"n": 2},
    }
    headers = {"Idempotency-Key": key, "If-Match": f'"{one}-1"'}
    first, again = (anna.ask("PUT /api/crud", headers=headers, json=target) for _ in range(2))
    assert (status_and_body(again), again.headers["ETag"]) == (status_and_body(first), f'"{one}-2"')
    assert (first.status_code, first.headers["ETag"]) == (200, f'"{one}-2"')
    other = anna.ask("PUT /api/crud", headers=headers | {"If-Match": f'"{one}-2"'}, json=target)
    assert other.status_code == 422
    assert anna.find(things)["data"][0]["_sys"]["version"] == 2


def test_refusals_are_not_stored(anna: Tenant, things: str, key: str) -> None:
    anna.insert(things, [{"slug": "a"}])
    body = {"data": [{"slug": "a"}]}
    assert send(anna, "POST /api/crud", things, key, **body).status_code == 409
    assert send(anna, "POST /api/crud", things, key, data=[{"n": "x"}]).status_code == 400
    send(anna, "DELETE /api/crud", things, key, filters={"slug": "a"})
    created = send(anna, "POST /api/crud", things, key, **body)
    assert (created.status_code, "Idempotency-Replayed" in created.headers) == (201, False)
    assert anna.count(things) == 1


def test_a_dry_run_is_not_kept(anna: Tenant, things: str, key: str) -> None:
    anna.insert(things, [{"slug": "a", "n": 1}])
    body = {"filters": {"slug": "a"}, "update_data": {"n": 2}}
    for flag in (True, False):
        answer = send(anna, "PUT /api/crud", things, key, **body, dry_run=flag)
        assert (answer.status_code, "Idempotency-Replayed" in answer.headers) == (200, False)


@pytest.mark.parametrize("text", ["", "x" * 201, "é", "a\tb"])
def test_malformed_keys(anna: Tenant, things: str, text: str) -> None:
    headers = {"Idempotency-Key": text.encode("latin-1")}
    body = {"database_id": anna.database, "collection_name": things, "data": [{"n": 1}]}
    answer = anna.ask("POST /api/crud", headers=headers, json=body)
    message = "Must be 1 to 200 printable ASCII characters."
    assert status_and_body(answer) == (400, refused(message, ("Idempotency-Key", message)))
    assert anna.count(things) == 0


def test_the_longest_key(anna: Tenant, things: str) -> None:
    key = secrets.token_hex(100)
    assert [send(anna, "POST /api/crud", things, key, data=[{}]).status_code for _ in range(2)] == [201, 201]
    assert anna.count(things) == 1


def test_operations_on_their_own_have_no_key(anna: Tenant, things: str, key: str) -> None:
    answer = send(anna, "POST /api/crud/bulk", things, key, operations=[{"insert": {}}], ordered=False)
    text = "An Idempotency-Key requires ordered: true."
    assert status_and_body(answer) == (400, refused(text, ("Idempotency-Key", text)))
    assert anna.count(things) == 0


def test_a_caller_without_permission_does_not_get_the_stored_response(
    anna: Tenant, ben: Tenant, things: str, key: str
) -> None:
    body = {"data": [{"n": 1}]}
    first = send(anna, "POST /api/crud", things, key, **body)
    same_team = send(anna, "POST /api/crud", things, key, auth=anna.api_key, **body)
    assert (same_team.content, same_team.headers["Idempotency-Replayed"]) == (first.content, "true")
    reader = anna.new_key(actions=["read"])
    assert send(anna, "POST /api/crud", things, key, auth=reader, **body).status_code == 403
    assert send(anna, "POST /api/crud", things, key, auth=ben.bearer, **body).status_code == 404
    assert anna.count(things) == 1


def test_records_hold_no_key_and_no_credential(anna: Tenant, things: str, key: str, truth: Truth) -> None:
    send(anna, "POST /api/crud", things, key, auth=anna.api_key, data=[{"secret": "of the document"}])
    (row,) = truth.rows("SELECT physical FROM catalog_database WHERE public_id = ?", anna.database)
    records = truth.documents(row[0])["_idempotency"]
    assert records and all(set(record) == {"_id", "fingerprint", "at", "answer"} for record in records)
    for secret in (key, anna.key, anna.access, "of the document"):
        assert secret not in str(records)
    listed = anna.ask("GET /api/list_collections", params={"database_id": anna.database}).text
    assert "_idempotency" not in listed


@pytest.mark.parametrize("route", ["PUT /api/crud", "DELETE /api/crud"])
def test_a_version_conflict_has_the_same_answer_with_a_key(anna: Tenant, key: str, route: str) -> None:
    things = anna.new_collection({"name": "n", "type": "number"})
    (one,) = anna.insert(things, [{"n": 1}])
    change = {"filters": {"_id": one}, "update_data": {"n": 2}}
    assert send(anna, "PUT /api/crud", things, key, **change).status_code == 200
    body = {"database_id": anna.database, "collection_name": things, **change}
    headers = {"If-Match": f'"{one}-1"'}
    plain = anna.ask(route, headers=headers, json=body)
    keyed = anna.ask(route, headers={**headers, "Idempotency-Key": f"{key} again"}, json=body)
    assert (plain.status_code, plain.json()["changed_fields"]) == (412, ["n"])
    assert status_and_body(keyed) == status_and_body(plain)
