"""PATCH /api/collection_schema and the indexes of the fields that it renames and drops."""

from __future__ import annotations

from typing import Any

import pytest

from tests.management.test_schema_changes import documents, patch
from tests.support import Tenant, status_and_body


def index(anna: Tenant, name: str, **members: Any) -> str:
    body = {"database_id": anna.database, "collection_name": name, **members}
    status, answer = status_and_body(anna.ask("POST /api/indexes", json=body))
    assert status == 201, answer
    return answer["name"]


def indexes(anna: Tenant, name: str) -> dict[str, Any]:
    query = {"database_id": anna.database, "collection_name": name}
    listed = anna.ask("GET /api/indexes", params=query).json()["indexes"]
    return {item["name"]: item for item in listed if item["name"] != "_id_"}


def insert(anna: Tenant, name: str, *data: dict[str, Any]) -> int:
    body = {"database_id": anna.database, "collection_name": name, "data": [*data]}
    return anna.ask("POST /api/crud", json=body).status_code


@pytest.mark.parametrize("count", [1, 2])
def test_a_unique_index_follows_a_rename(anna: Tenant, count: int) -> None:
    name = anna.new_collection({"name": "code"})
    anna.insert(name, [{"code": letter} for letter in "ab"[:count]])
    index(anna, name, keys=[{"field": "code"}], unique=True)
    rename = {"op": "rename", "name": "code", "to": "sku"}
    expected = [{"name": "code_1", "new_name": "sku_1"}]
    status, answer = patch(anna, name, operations=[rename], dry_run=True)
    assert (status, answer["indexes"], list(indexes(anna, name))) == (200, expected, ["code_1"])
    status, answer = patch(anna, name, operations=[rename])
    assert (status, answer["changed_count"], answer["indexes"]) == (200, count, expected)
    (renamed,) = indexes(anna, name).values()
    assert (renamed["name"], renamed["keys"], renamed["unique"]) == ("sku_1", [{"field": "sku", "order": 1}], True)
    assert renamed["partial_filter"] is None
    assert [insert(anna, name, {"sku": value}) for value in ("y", "z", "a", "z")] == [201, 201, 409, 409]


@pytest.mark.parametrize(
    ("options", "value"),
    [
        ({"keys": [{"field": "code"}], "unique": True}, "a"),
        ({"keys": [{"field": "code"}, {"field": "x"}], "unique": True}, "a"),
        ({"keys": [{"field": "code", "order": "text"}]}, "a"),
        ({"keys": [{"field": "x"}], "partial_filter": {"code": "a"}}, "a"),
    ],
)
def test_the_indexes_of_a_dropped_field_are_dropped(anna: Tenant, options: Any, value: Any) -> None:
    name = anna.new_collection({"name": "code"})
    anna.insert(name, [{"code": value, "n": 1}, {"code": f"{value}2", "n": 2}])
    index_name = index(anna, name, **options)
    status, answer = patch(anna, name, operations=[{"op": "drop", "name": "code"}])
    assert (status, answer["indexes"]) == (200, [{"name": index_name, "new_name": None}])
    assert (indexes(anna, name), documents(anna, name)) == ({}, [{"n": 1}, {"n": 2}])
    assert insert(anna, name, {"n": 3}) == 201


def test_expiry_text_and_partial_filters_follow_a_rename(anna: Tenant) -> None:
    name = anna.new_collection({"name": "at", "type": "datetime"}, {"name": "code"})
    anna.insert(name, [{"at": "2099-01-01", "code": "quick fox", "n": 1}])
    index(anna, name, keys=[{"field": "at"}], expire_after_seconds=10)
    index(anna, name, keys=[{"field": "code", "order": "text"}])
    index(anna, name, keys=[{"field": "n"}], partial_filter={"code": {"$gt": "a"}})
    steps = [{"op": "rename", "name": "at", "to": "when"}, {"op": "rename", "name": "code", "to": "sku"}]
    assert patch(anna, name, operations=steps)[0] == 200
    by_name = indexes(anna, name)
    assert {key: (item["expire_after_seconds"], item["partial_filter"]) for key, item in by_name.items()} == {
        "when_1": (10, None),
        "sku_text": (None, None),
        "n_1": (None, {"sku": {"$gt": "a"}}),
    }
    assert len(anna.find(name, filters='{"$text": {"$search": "FOX"}}')["data"]) == 1


@pytest.mark.parametrize(
    ("before", "after", "values"),
    [
        ("string", "number", ["0.1234567890123456789", "9007199254740993.0", "1e-400"]),
        ("string", "number", ["01", "+1", "\u0661", ".5", "5."]),
        ("decimal128", "number", ["12345678901234567890.12", "9007199254740993.5", "1E-400"]),
        ("number", "boolean", [0, 1.0]),
        ("string", "decimal128", ["01", "+1", ".5", "5."]),
    ],
)
def test_a_value_that_would_be_rounded_or_guessed_is_a_conflict(
    anna: Tenant, before: str, after: str, values: list[Any]
) -> None:
    name = anna.new_collection({"name": "v", "type": before})
    ids = anna.insert(name, [{"v": value} for value in values])
    was = documents(anna, name)
    status, answer = patch(anna, name, operations=[{"op": "retype", "field": {"name": "v", "type": after}}])
    assert (status, answer["result"]["unfit"]) == (409, len(values))
    examples = answer["result"]["examples"]
    assert [(item["_id"], item["field"], item["value"]) for item in examples] == [
        (one, "v", value) for one, value in zip(ids, values, strict=True)
    ]
    assert documents(anna, name) == was


def test_a_change_of_type_that_an_index_does_not_survive_is_a_conflict(anna: Tenant) -> None:
    name = anna.new_collection({"name": "at", "type": "datetime"}, {"name": "code"})
    anna.insert(name, [{"at": "2099-01-01", "code": "1", "n": 1}])
    index(anna, name, keys=[{"field": "at"}], expire_after_seconds=10)
    index(anna, name, keys=[{"field": "n"}], unique=True, partial_filter={"code": {"$gt": "a"}})
    was = documents(anna, name), indexes(anna, name)
    steps = [
        {"op": "retype", "field": {"name": "at", "type": "string"}},
        {"op": "retype", "field": {"name": "code", "type": "number"}},
    ]
    text = (
        "The index 'at_1' expires documents by 'at', which it cannot do with the type string."
        " The partial filter of the index 'n_1' compares 'code' with values of the type string. Drop them first."
    )
    for dry_run in (True, False):
        status, answer = patch(anna, name, operations=steps, dry_run=dry_run)
        assert (status, answer["message"]) == (409, text)
    assert (documents(anna, name), indexes(anna, name)) == was


def test_the_json_schema_follows_a_rename(anna: Tenant) -> None:
    name = anna.new_collection({"name": "code"}, json_schema={"properties": {"code": {"minLength": 3}}})
    anna.insert(name, [{"code": "abc"}])
    assert patch(anna, name, operations=[{"op": "rename", "name": "code", "to": "sku"}])[0] == 200
    assert [insert(anna, name, {"sku": value}) for value in ("abcd", "a")] == [201, 400]
