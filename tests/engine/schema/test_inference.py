"""Schema inference: which fields are declared, and with which type."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from bson import Binary, Decimal128, Int64, ObjectId, Regex, Timestamp

from engine.limits import Limits
from engine.schema.inference import Inference

LIMITS = Limits()


def inferred(*documents: dict[str, Any], limits: Limits = LIMITS) -> dict[str, str]:
    inference = Inference()
    inference.add(documents)
    return {field.name: field.type for field in inference.schema(limits=limits).fields}


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("", "string"),
        (0, "number"),
        (-0.5, "number"),
        (Int64(1), "number"),
        (False, "boolean"),
        ({}, "object"),
        ([], "array"),
        (datetime(2024, 2, 29), "datetime"),
        (ObjectId("5f" * 12), "objectid"),
        (Decimal128("1"), "decimal128"),
        (b"", "binary"),
        (Binary(b"", 128), "binary"),
        (Regex("a"), "regex"),
        (Timestamp(1, 1), "timestamp"),
    ],
)
def test_a_value_declares_its_type(value: Any, kind: str) -> None:
    assert inferred({"a": value}) == {"a": kind}


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        ([], {}),
        ([{}], {}),
        ([{"a": None}, {"a": None}], {}),
        ([{"a": None}, {"a": "x"}, {}], {"a": "string"}),
        ([{"a": 1}, {"a": 1.5}, {"a": Int64(1)}], {"a": "number"}),
        ([{"a": 1}, {"a": True}], {}),
        ([{"a": 1}, {"a": "1"}, {"a": 1}], {}),
        ([{"b": 1}, {"a": "é", "é": 1}], {"b": "number", "a": "string", "é": "number"}),
        ([{"_id": 1, "_sys": {}, "$a": 1, "a.b": 1, "": 1, "x" * 101: 1, "x" * 100: 1}], {"x" * 100: "number"}),
    ],
)
def test_fields_of_one_type_are_declared_in_their_order(
    documents: list[dict[str, Any]], expected: dict[str, str]
) -> None:
    assert [*inferred(*documents).items()] == [*expected.items()]


def test_declared_fields_are_optional_and_the_schema_takes_all() -> None:
    inference = Inference()
    inference.add([{"a": 1}])
    schema = inference.schema(limits=LIMITS)
    assert schema.as_list() == [{"name": "a", "type": "number"}]
    assert (schema.strict, schema.rules) == (False, None)


def test_a_collection_has_no_more_fields_than_the_cap() -> None:
    document = {"mixed": 1, "a": 1, "b": 1, "c": 1}
    assert inferred(document, {"mixed": "x"}, limits=Limits(collection_fields=2)) == {"a": "number", "b": "number"}


def test_a_name_is_seen_with_its_first_value_that_is_not_null() -> None:
    inference = Inference()
    inference.add([{"a": None}])
    assert not inference.has_seen("a")
    inference.add([{"a": 0}])
    assert inference.has_seen("a")
    inference.add([{f"f{number}": 1 for number in range(10_000)}, {"a": "x"}])
    assert inference.has_seen("f9998")
    assert not inference.has_seen("f9999")
    assert "a" not in {field.name for field in inference.schema(limits=LIMITS).fields}
