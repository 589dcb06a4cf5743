"""Filters that name documents by `id`, and filters as JSON text, on every route that takes filters."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support import MISSING_ID, Tenant, status_and_body


@pytest.fixture
def pair(anna: Tenant) -> tuple[str, list[str]]:
    """Create a collection that declares no `id`, and return the ids of its two documents."""
    name = anna.new_collection({"name": "n", "type": "number"})
    return name, anna.insert(name, [{"n": 1}, {"n": 2}])


def body(anna: Tenant, name: str, **more: Any) -> dict[str, Any]:
    return {"database_id": anna.database, "collection_name": name, **more}


def values(anna: Tenant, name: str) -> list[int]:
    return [document["n"] for document in anna.find(name, sort="n")["data"]]


def test_every_route_reads_id(anna: Tenant, pair: tuple[str, list[str]]) -> None:
    name, (first, second) = pair
    by_id = json.dumps({"id": first.upper()})
    assert [item["_id"] for item in anna.find(name, filters=by_id)["data"]] == [first]
    assert len(anna.find(name, filters=json.dumps({"id": {"$in": [first, second]}}))["data"]) == 2
    seen = anna.ask("GET /api/distinct", params=body(anna, name, field="n", filters=by_id)).json()
    assert seen["values"] == [1]
    states = anna.ask("GET /api/history/search", params=body(anna, name, filters=by_id)).json()["data"]
    assert [item["_id"] for item in states] == [first]
    put = body(anna, name, filters={"id": first}, update_data={"n": 5})
    assert status_and_body(anna.ask("PUT /api/crud", json=put)) == (200, {"success": True, "modified_count": 1})
    dry = anna.ask("DELETE /api/crud", json=body(anna, name, filters={"id": first}, dry_run=True)).json()
    assert dry["matched_count"] == 1
    bulk = [
        {"update": {"filters": {"id": second}, "update_data": {"n": 6}}},
        {"delete": {"filters": {"id": first}}},
    ]
    assert anna.ask("POST /api/crud/bulk", json=body(anna, name, operations=bulk)).json()["success"] is True
    assert values(anna, name) == [6]
    gone = anna.ask("DELETE /api/crud", json=body(anna, name, filters={"id": second}))
    assert (gone.json()["count"], values(anna, name)) == (1, [])


def test_other_conditions_on_ids(anna: Tenant, pair: tuple[str, list[str]]) -> None:
    name, (first, second) = pair
    expected: list[tuple[Any, list[int]]] = [
        ({"id": {"$ne": first}}, [2]),
        ({"id": {"$nin": [first, second]}}, []),
        ({"id": {"$not": {"$eq": first}}}, [2]),
        ({"id": {"$gt": first, "$lte": second}}, [2]),
        ({"$or": [{"id": first}, {"n": 7}]}, [1]),
        ({"$and": [{"$nor": [{"id": first}]}]}, [2]),
        ({"id": first, "_id": second}, []),
        ({"$or": [{"id": {"$in": [first, "x"]}}]}, []),
    ]
    for filters, numbers in expected:
        found = anna.find(name, filters=json.dumps(filters))["data"]
        assert [item["n"] for item in found] == numbers, filters
    others = body(anna, name, filters={"$nor": [{"id": first}]})
    assert (anna.ask("DELETE /api/crud", json=others).json()["count"], values(anna, name)) == (1, [1])


@pytest.mark.parametrize("value", ["x", "", 7, None, {"$ne": 1}, {"$in": []}, {"$in": ["x"]}])
def test_other_values_of_id_are_of_a_field(anna: Tenant, pair: tuple[str, list[str]], value: Any) -> None:
    name, _ = pair
    anna.insert(name, [{"n": 3, "id": "x"}])
    documents = anna.find(name, filters=json.dumps({"id": value}))["data"]
    expected = {"x": [3], None: [1, 2]}.get(value, []) if type(value) is not dict else None
    if value == {"$ne": 1}:
        expected = [1, 2, 3]
    if value == {"$in": ["x"]}:
        expected = [3]
    assert sorted(item["n"] for item in documents) == (expected or [])


def test_a_declared_id_is_a_field(anna: Tenant) -> None:
    name = anna.new_collection({"name": "id", "type": "string"}, {"name": "n", "type": "number"})
    anna.insert(name, [{"id": MISSING_ID, "n": 1}])
    assert [item["n"] for item in anna.find(name, filters=json.dumps({"id": MISSING_ID}))["data"]] == [1]


@pytest.mark.parametrize("verb", ["PUT", "DELETE"])
def test_filters_as_json_text(anna: Tenant, pair: tuple[str, list[str]], verb: str) -> None:
    name, (first, _) = pair
    more = {"update_data": {"n": 9}} if verb == "PUT" else {}
    answer = anna.ask(f"{verb} /api/crud", json=body(anna, name, filters=json.dumps({"_id": first}), **more))
    assert answer.status_code == 200
    assert values(anna, name) == ([2, 9] if verb == "PUT" else [2])


@pytest.mark.parametrize("verb", ["PUT", "DELETE"])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("email", "The JSON is not valid:"),
        ("[]", "filters must be a JSON object"),
        ("{}", "Empty filters match every document"),
        ("", "Empty filters match every document"),
    ],
)
def test_text_that_holds_no_filters(
    anna: Tenant, pair: tuple[str, list[str]], verb: str, text: str, message: str
) -> None:
    name, _ = pair
    more = {"update_data": {"n": 9}} if verb == "PUT" else {}
    answer = anna.ask(f"{verb} /api/crud", json=body(anna, name, filters=text, **more))
    assert (answer.status_code, answer.json()["errors"][0]["message"][: len(message)]) == (400, message)
    assert values(anna, name) == [1, 2]
