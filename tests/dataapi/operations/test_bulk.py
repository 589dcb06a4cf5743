"""The request of several operations: each is parsed, and the errors of all have their index."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from dataapi.operations.bulk import BULK, BulkRequest, parse_each
from engine.update import Operators, Replacement
from tests.dataapi.operations.support import TARGET, errors_of

NO_OPERATIONS = "operations must be an array of at least one operation"
ONE_MEMBER = 'Must be {"insert": …}, {"update": …} or {"delete": …}.'
NO_FILTERS = "Must be an object with filters."
EMPTY = 'Empty filters match every document; send "all": true if that is meant.'
A = engine.Query({"a": 1})


def bulk_of(*operations: Any) -> engine.Error | list[Any]:
    """Return the operations, or the error that they are refused with."""
    try:
        return list(BulkRequest.parse({**TARGET, "operations": list(operations)}).bulk().operations)
    except engine.Invalid as error:
        return error


@pytest.mark.parametrize(
    ("item", "operation"),
    [
        ({"insert": {"a": 1}}, engine.Insert({"a": 1})),
        ({"insert": None}, engine.Insert(None)),  # the engine says which documents it takes
        ({"delete": {"filters": {"a": 1}}}, engine.Delete(A)),
        (
            {"delete": {"filters": {}, "all": True, "max_affected": 3}},
            engine.Delete(engine.Query(), engine.Precondition(max_affected=3)),
        ),
        ({"update": {"filters": {"a": 1}, "update_data": {"b": 2}}}, engine.Update(A, engine.Change({"b": 2}))),
        (
            {"update": {"filters": {"a": 1}, "update_data": {"$inc": {"b": 2}}, "upsert": True}},
            engine.Update(A, Operators({"$inc": {"b": 2}}), upsert=True),
        ),
        (
            {"update": {"filters": {"a": 1}, "update_data": {"b": 2}, "replace": True}},
            engine.Update(A, Replacement({"b": 2}), one=True),
        ),
    ],
)
def test_an_operation_is_parsed(item: dict[str, Any], operation: Any) -> None:
    assert bulk_of(item) == [operation]


@pytest.mark.parametrize(
    ("item", "field", "text"),
    [
        *(
            (item, "", ONE_MEMBER)
            for item in (None, 7, "insert", [], {}, {"replace": {}}, {"insert": {}, "delete": {}})
        ),
        *(({"update": value}, "update", NO_FILTERS) for value in (None, [], "x", 7)),
        ({"delete": None}, "delete", NO_FILTERS),
        ({"delete": {}}, "filters", "filters is required"),
        ({"delete": {"filters": {}}}, "filters", EMPTY),
        ({"delete": {"filters": {"a": 1}, "dry_run": True}}, "dry_run", "Unknown parameter dry_run."),
        ({"update": {"filters": {"a": 1}}}, "update_data", "update_data is required"),
    ],
)
def test_an_operation_that_is_refused(item: Any, field: str, text: str) -> None:
    error = bulk_of({"insert": {}}, item)
    assert isinstance(error, engine.Invalid)
    location = f"Operation 1, {field}" if field else "Operation 1"
    assert (error.message, error.errors) == (f"{location}: {text}", (engine.FieldError(field, text, 1),))


def test_the_errors_of_all_operations_are_reported() -> None:
    error = bulk_of({"delete": {}}, {"insert": {}}, {"update": {"filters": 1}}, 7)
    assert isinstance(error, engine.Invalid)
    assert error.message == "4 errors; the first: operation 0, filters: filters is required"
    assert [(item.index, item.field, item.message) for item in error.errors] == [
        (0, "filters", "filters is required"),
        (2, "filters", "filters must be a JSON object"),
        (2, "update_data", "update_data is required"),
        (3, "", ONE_MEMBER),
    ]


@pytest.mark.parametrize("value", [None, "", "x", 7, True, {}, {"insert": {}}, []])
def test_operations_are_an_array_of_at_least_one(value: Any) -> None:
    assert errors_of(BulkRequest, {**TARGET, "operations": value}) == [("operations", NO_OPERATIONS)]


def test_missing_members_and_a_limit_of_the_whole_request_are_reported() -> None:
    assert errors_of(BulkRequest, {"ordered": 1, "max_affected": 3}) == [
        ("database_id", "database_id is required"),
        ("collection_name", "collection_name is required"),
        ("operations", NO_OPERATIONS),
        ("ordered", "ordered must be true or false"),
        ("max_affected", "Unknown parameter max_affected."),
    ]


@pytest.mark.parametrize(
    ("members", "ordered"), [({}, True), ({"ordered": True}, True), ({"ordered": False}, False)]
)
def test_operations_are_ordered_by_default(members: dict[str, Any], ordered: bool) -> None:
    assert BulkRequest.parse({**TARGET, "operations": [{"insert": {}}], **members}).bulk().ordered is ordered


def test_only_errors_of_the_input_are_gathered() -> None:
    def fail(item: Any) -> None:
        raise engine.TooLarge("Too much.")

    with pytest.raises(engine.TooLarge):
        parse_each([1], fail)
    assert parse_each([], fail) == []
    assert parse_each("ab", str.upper) == ["A", "B"]


def test_an_operation_is_described_with_its_three_members() -> None:
    described = BULK.as_dict()
    schema = described["requestBody"]["content"]["application/json"]["schema"]["properties"]["operations"]
    assert (schema["minItems"], list(schema["items"]["properties"])) == (1, ["insert", "update", "delete"])
    assert [item["name"] for item in described["parameters"]] == ["Idempotency-Key"]
    assert described["responses"]["422"]["description"] == "The `Idempotency-Key` belongs to another request."
