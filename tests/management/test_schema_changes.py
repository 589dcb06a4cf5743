"""PATCH /api/collection_schema: declarations that change under documents, at once or as a job, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import Tenant, refused, status_and_body, until

FIELDS = [{"name": "email", "unique": True}, {"name": "age"}, {"name": "old"}]
DOCUMENTS = [{"email": "a@example.com", "age": "41", "old": "x"}, {"email": "b@example.com", "more": 1}]


def patch(anna: Tenant, name: str, **members: Any) -> tuple[int, Any]:
    body = {"database_id": anna.database, "collection_name": name, **members}
    return status_and_body(anna.ask("PATCH /api/collection_schema", json=body))


def described(anna: Tenant, name: str) -> dict[str, Any]:
    query = {"database_id": anna.database, "collection_name": name}
    return anna.ask("GET /api/collection_schema", params=query).json()["collection"]


def declared(anna: Tenant, name: str) -> dict[str, Any]:
    """Return the collection's description without its sizes, which MongoDB updates whenever it writes to disk."""
    description = described(anna, name)
    del description["storage"], description["history"]["stored_bytes"]
    return description


def documents(anna: Tenant, name: str) -> list[dict[str, Any]]:
    return anna.find(name, fields='{"_id": 0, "_sys": 0}')["data"]


def report(changed: int = 0, unfit: int = 0, *examples: dict[str, Any]) -> dict[str, Any]:
    return {"changed_count": changed, "invalid_count": unfit, "examples": [*examples], "reasons": [], "indexes": []}


def test_a_collection_describes_itself(anna: Tenant) -> None:
    rules = {"properties": {"age": {"maxLength": 3}}}
    name = anna.new_collection(*FIELDS, strict=True, history={"days": 30, "versions": 5}, json_schema=rules)
    anna.insert(name, [{"email": "a@example.com"}])
    description = described(anna, name)
    assert description.pop("created_at")
    assert description.pop("storage").keys() == {"documents", "bytes", "index_bytes"}
    history = description.pop("history")
    nothing = {"stored_versions": 0, "stored_bytes": 0}
    assert history == {"enabled": True, "days": 30, "versions": 5, "since": None, **nothing}
    fields = [{"type": "string", **field} for field in FIELDS]
    assert {**description, "fields": [dict(sorted(item.items())) for item in description["fields"]]} == {
        "name": name,
        "fields": [dict(sorted(item.items())) for item in fields],
        "strict": True,
        "json_schema": rules,
        "title_field": None,
    }


def test_a_title_field_is_declared_and_follows_its_field(anna: Tenant) -> None:
    name = anna.new_collection(*FIELDS, title_field="age")
    assert described(anna, name)["title_field"] == "age"
    assert patch(anna, name, title_field="email")[0] == 200
    assert described(anna, name)["title_field"] == "email"
    assert patch(anna, name, operations=[{"op": "rename", "name": "email", "to": "mail"}])[0] == 200
    assert described(anna, name)["title_field"] == "mail"
    assert patch(anna, name, operations=[{"op": "drop", "name": "mail"}])[0] == 200
    assert described(anna, name)["title_field"] is None


@pytest.mark.parametrize("raw", [7, "", "x" * 101, "a.b", "$a", "_sys", ["email"]])
def test_a_title_field_that_cannot_be_one(anna: Tenant, raw: Any) -> None:
    name = anna.new_collection(*FIELDS, title_field="age")
    status, answer = patch(anna, name, title_field=raw)
    assert (status, [item["field"] for item in answer["errors"]]) == (400, ["title_field"])
    assert described(anna, name)["title_field"] == "age"


def test_a_dry_run_and_the_change(anna: Tenant) -> None:
    name = anna.new_collection(*FIELDS)
    anna.insert(name, DOCUMENTS)
    changes = {
        "operations": [
            {"op": "rename", "name": "email", "to": "mail"},
            {"op": "retype", "field": {"name": "age", "type": "number"}},
            {"op": "drop", "name": "old"},
            {"op": "add", "field": {"name": "no", "type": "autonumber"}},
        ]
    }
    before = declared(anna, name)
    status, answer = patch(anna, name, dry_run=True, **changes)
    assert answer.pop("job_id")
    assert (status, answer) == (200, {"success": True, "dry_run": True, **report(2)})
    assert (declared(anna, name), documents(anna, name)) == (before, DOCUMENTS)

    status, answer = patch(anna, name, **changes)
    assert answer.pop("job_id")
    assert (status, answer) == (200, {"success": True, "dry_run": False, **report(2)})
    assert documents(anna, name) == [
        {"mail": "a@example.com", "age": 41, "no": 1},
        {"mail": "b@example.com", "more": 1, "no": 2},
    ]
    assert described(anna, name)["history"]["stored_versions"] == 2
    query = {"database_id": anna.database, "collection_name": name, "data": [{"mail": "a@example.com"}]}
    assert anna.ask("POST /api/crud", json=query).status_code == 409
    indexes = anna.ask("GET /api/indexes", params={"database_id": anna.database, "collection_name": name}).json()
    assert [item["keys"][0]["field"] for item in indexes["indexes"]] == ["_id", "mail"]


@pytest.mark.parametrize(
    ("changes", "field", "text"),
    [
        (
            {"operations": [{"op": "retype", "field": {"name": "email", "type": "number"}}]},
            "email",
            "Must be a number.",
        ),
        ({"strict": True}, "more", "The collection is strict and has no such field."),
        ({"json_schema": {"required": ["more"]}}, "", '"more" is a required property'),
    ],
)
def test_what_does_not_fit_changes_nothing(anna: Tenant, changes: dict[str, Any], field: str, text: str) -> None:
    name = anna.new_collection(*FIELDS)
    anna.insert(name, DOCUMENTS)
    before = declared(anna, name)
    status, answer = patch(anna, name, **changes)
    assert status == 409
    assert answer["message"].endswith("do not fit the new schema; result.examples lists the first of them.")
    assert answer["result"]["unfit"] == len({item["_id"] for item in answer["result"]["examples"]})
    assert {(item["field"], item["message"]) for item in answer["result"]["examples"]} == {(field, text)}
    assert (declared(anna, name), documents(anna, name)) == (before, DOCUMENTS)


NOTHING = "Nothing to change: send operations, strict, json_schema, history or title_field."


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({}, [("operations", NOTHING)]),
        (
            {"operations": 5},
            [("operations", "Must be an array of at most 1000 operations (MAX_COLLECTION_FIELDS).")],
        ),
        (
            {
                "operations": [{"op": "drop", "name": "none"}],
                "strict": 1,
                "history": {"days": 0},
                "json_schema": [],
            },
            [
                ("operations.0", "There is no field 'none'."),
                ("strict", "Must be true or false."),
                ("json_schema", "Must be a JSON Schema, an object."),
                ("history.days", "Must be a whole number from 1 to 100000."),
            ],
        ),
        (
            {"operations": [{"op": "add", "field": {"name": "r", "type": "reference", "collection": "nowhere"}}]},
            [("operations.0.field.collection", "The database has no collection 'nowhere'.")],
        ),
    ],
)
def test_errors(anna: Tenant, changes: dict[str, Any], errors: list[tuple[str, str]]) -> None:
    status, answer = patch(anna, "films", **changes)
    assert status == 400
    assert [(item["field"], item["message"]) for item in answer["errors"]] == errors


def test_flags_are_flags(anna: Tenant) -> None:
    status, answer = patch(anna, "films", dry_run="yes", strict=True)
    text = "dry_run must be true or false"
    assert (status, answer) == (400, refused(f"Value Error: {text}", ("dry_run", text)))
    assert patch(anna, "nowhere", strict=True)[0] == 404


def test_history_off_and_on_again(anna: Tenant) -> None:
    name = anna.new_collection({"name": "n", "type": "number"}, history=False)
    (one,) = anna.insert(name, [{"n": 1}])
    ask = {"database_id": anna.database, "collection_name": name}
    assert anna.ask("GET /api/history", params={**ask, "document_id": one}).status_code == 400
    assert patch(anna, name, history=True)[0] == 200
    since = described(anna, name)["history"]["since"]
    body = {**ask, "filters": {"_id": one}, "update_data": {"n": 2}}
    assert anna.ask("PUT /api/crud", json=body).status_code == 200
    states = anna.ask("GET /api/history", params={**ask, "document_id": one}).json()["versions"]
    assert [item["version"] for item in states] == [2, 1]
    early = anna.ask("GET /api/crud", params={**ask, "as_of": "2026-01-01"})
    assert (early.status_code, early.json()["errors"][0]["field"]) == (400, "as_of")
    assert anna.ask("GET /api/crud", params={**ask, "as_of": since}).json()["data"][0]["n"] == 1
    assert patch(anna, name, history=False)[0] == 200
    assert described(anna, name)["history"]["stored_versions"] == 1


def test_a_large_collection_is_a_job(anna: Tenant) -> None:
    name = anna.new_collection({"name": "n"})
    for _ in range(2):
        anna.insert(name, [{"n": str(number)} for number in range(5_100)])
    status, answer = patch(anna, name, operations=[{"op": "retype", "field": {"name": "n", "type": "number"}}])
    assert status == 202
    assert answer["status_url"].endswith(f"/api/job_status?job_id={answer['job_id']}")

    def ended() -> Any:
        status = anna.ask("GET /api/job_status", params={"job_id": answer["job_id"]}).json()
        return status if status["state"] == "done" else None

    job = until(ended)
    assert (job["task"], job["result"], job["percent"]) == (
        "schema",
        {"changed": 10_200, "unfit": 0, "examples": [], "reasons": [], "indexes": []},
        100,
    )
    assert (
        anna.find(name, filters='{"n": {"$type": "number"}}', count="exact", page_size=1)["pagination"][
            "total_items"
        ]
        == 10_200
    )
