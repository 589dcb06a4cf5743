"""The undeclared fields of documents."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from bson import Decimal128, Int64, ObjectId

import engine
from dashboard.documents.undeclared import Undeclared, undeclared_fields

SCHEMA = engine.Schema((engine.Field("title"), engine.Field("rating", "number")))


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("", "string"),
        (True, "boolean"),
        (0, "number"),
        (Int64(1), "number"),
        (0.5, "number"),
        (None, "null"),
        ({}, "object"),
        ([], "array"),
        (datetime(2026, 1, 31, tzinfo=UTC), "datetime"),
        (date(2026, 1, 31), "datetime"),
        (ObjectId("507f1f77bcf86cd799439011"), "other"),
        (Decimal128("1"), "other"),
        (b"", "other"),
    ],
)
def test_every_value_has_a_type(value: Any, name: str) -> None:
    assert undeclared_fields([{"a": value}], SCHEMA) == [Undeclared("a", 1, {name: None})]


def test_declared_and_system_fields_are_left_out() -> None:
    document = {"_id": 1, "_sys": {}, "title": "Slam", "Title": "x", "rating": "text"}
    assert undeclared_fields([document], SCHEMA) == [Undeclared("Title", 1, {"string": None})]


def test_fields_come_in_document_order_with_their_count_and_types() -> None:
    fields = undeclared_fields([{"b": 1, "a": 1}, {"a": "x", "c": 1}, {"a": 2.5}], SCHEMA)
    assert [(field.name, field.count, [*field.types]) for field in fields] == [
        ("b", 1, ["number"]),
        ("a", 3, ["number", "string"]),
        ("c", 1, ["number"]),
    ]


@pytest.mark.parametrize("documents", [[], [{}], [{"title": None}]])
def test_no_undeclared_fields(documents: list[dict[str, Any]]) -> None:
    assert undeclared_fields(documents, SCHEMA) == []
