"""The views of collections: their life from adding to dropping, and schemas that change or refuse to."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import MISSING_ID, NOT_FOUND, Tenant

FIELDS = [{"name": "n", "type": "number"}]


def send(tenant: Tenant, route: str, **body: Any) -> Any:
    return tenant.ask(route, json={"database_id": tenant.database, **body})


def schema(tenant: Tenant, name: str) -> Any:
    params = {"database_id": tenant.database, "collection_name": name}
    return tenant.ask("GET /api/collection_schema", params=params)


def test_added_collections_are_told_from_existing_ones(anna: Tenant) -> None:
    name = anna.new_collection()
    both = [{"name": name, "fields": FIELDS}, {"name": f"{name}_b", "fields": FIELDS}]
    answer = send(anna, "POST /api/add_collection", collections=both)
    assert (answer.status_code, answer.json()["success"]) == (201, True)
    assert [(item["name"], item["created"], item["exists"]) for item in answer.json()["collections"]] == [
        (name, False, True),
        (f"{name}_b", True, False),
    ]
    assert "n" not in [field["name"] for field in schema(anna, name).json()["collection"]["fields"]]


def test_documents_are_counted(anna: Tenant) -> None:
    name = anna.new_collection()
    anna.insert(name, [{}, {}])
    listed = anna.ask("GET /api/list_collections", params={"database_id": anna.database}).json()["collections"]
    assert [item["num_documents"] for item in listed if item["name"] == name] == [2]


def test_no_collection_is_dropped_where_one_is_unknown(anna: Tenant) -> None:
    name = anna.new_collection()
    answer = send(anna, "DELETE /api/drop_collections", collection_names=[name, "unknown_name"])
    assert (answer.status_code, "unknown_name" in answer.json()["message"]) == (400, True)
    assert name in anna.collections()
    dropped = send(anna, "DELETE /api/drop_collections", collection_names=[name])
    assert dropped.json() == {"success": True, "dropped_collections": [name]}
    assert name not in anna.collections()
    assert schema(anna, name).status_code == 404


def test_a_dry_run_changes_nothing(anna: Tenant) -> None:
    name = anna.new_collection(*FIELDS)
    change = {"collection_name": name, "operations": [{"op": "rename", "name": "n", "to": "m"}]}
    for dry_run, names in ((True, ["n"]), (False, ["m"])):
        answer = send(anna, "PATCH /api/collection_schema", **change, dry_run=dry_run)
        assert answer.status_code == 200, answer.text
        fields = schema(anna, name).json()["collection"]["fields"]
        assert [field["name"] for field in fields] == names


def test_the_schemas_of_a_collection_are_listed_and_restored(anna: Tenant) -> None:
    name = anna.new_collection(*FIELDS)
    params = {"database_id": anna.database, "collection_name": name}

    def history() -> list[dict[str, Any]]:
        versions: list[dict[str, Any]] = anna.ask("GET /api/schema_history", params=params).json()["versions"]
        return versions

    (first,) = history()
    assert (first["version"], first["changed_by"], first["until"]) == (1, None, None)
    change = {"collection_name": name, "operations": [{"op": "rename", "name": "n", "to": "m"}]}
    assert send(anna, "PATCH /api/collection_schema", **change).status_code == 200
    second, *earlier = history()
    assert earlier == [{**first, "until": second["from"]}]
    assert ([field["name"] for field in second["fields"]], second["version"]) == (["m"], 2)
    at = first["from"]
    restored = send(anna, "POST /api/restore", collection_name=name, as_of=at, with_schema=True)
    assert restored.status_code == 200, restored.text
    counts = restored.json()["collections"][name]
    assert (counts["schema_restored"], [item["field"] for item in counts["schema_changes"]]) == (True, ["n", "m"])
    assert schema(anna, name).json()["collection"]["fields"] == first["fields"]
    assert {item["changed_by"] for item in history()[:2]} == {second["changed_by"]}


def test_documents_that_would_not_fit_are_a_conflict(anna: Tenant) -> None:
    name = anna.new_collection({"name": "t", "type": "string"})
    anna.insert(name, [{"t": "abc"}])
    operations = [{"op": "retype", "field": {"name": "t", "type": "number"}}]
    answer = send(anna, "PATCH /api/collection_schema", collection_name=name, operations=operations)
    assert (answer.status_code, answer.json()["success"]) == (409, False)
    assert [field["type"] for field in schema(anna, name).json()["collection"]["fields"]] == ["string"]


@pytest.mark.parametrize("database", [MISSING_ID, "ben's"])
def test_the_collections_of_others_are_missing(anna: Tenant, ben: Tenant, database: str) -> None:
    database_id = ben.database if database == "ben's" else database
    params = {"database_id": database_id, "collection_name": "films"}
    for answer in (
        anna.ask("GET /api/collection_schema", params=params),
        anna.ask("GET /api/list_collections", params={"database_id": database_id}),
        send(anna, "DELETE /api/drop_collections", database_id=database_id, collection_names=["films"]),
    ):
        assert answer.status_code == 404
        assert NOT_FOUND in answer.text
    assert "films" in ben.collections()
