"""Indexes that a change of a field's type would leave without effect."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from bson import SON

import engine
from engine.jobs import SchemaChange, declared_by, parse_steps
from engine.jobs.idle_indexes import refuse_idle_indexes
from engine.limits import Limits
from engine.schema import parse_schema

LIMITS = Limits()
EXPIRES = {"key": {"v": 1}, "expireAfterSeconds": 10}
TEXT = {"key": SON([("_fts", "text"), ("_ftsx", 1)]), "weights": {"v": 1}}
PLACES = {"key": {"v.at": "2dsphere"}}
PARTIAL = {"key": {"other": 1}, "partialFilterExpression": {"$and": [{"v": {"$gt": "a"}}]}}
PRESENT = {"key": {"other": 1}, "partialFilterExpression": {"v": {"$exists": True}}}
CASES: list[tuple[dict[str, Any], str, str, str]] = [
    (
        EXPIRES,
        "datetime",
        "string",
        "The index 'i' expires documents by 'v', which it cannot do with the type string.",
    ),
    (EXPIRES, "date", "json", "The index 'i' expires documents by 'v', which it cannot do with the type json."),
    (
        EXPIRES,
        "date",
        "timestamp",
        "The index 'i' expires documents by 'v', which it cannot do with the type timestamp.",
    ),
    (EXPIRES, "date", "datetime", ""),
    (EXPIRES, "string", "number", ""),
    (TEXT, "string", "number", "The index 'i' searches text in 'v', which it cannot do with the type number."),
    (TEXT, "string", "email", ""),
    (TEXT, "array", "json", ""),
    (
        PLACES,
        "json",
        "string",
        "The index 'i' finds geometries in 'v.at', which it cannot do with the type string.",
    ),
    (PLACES, "json", "object", ""),
    (
        PARTIAL,
        "string",
        "number",
        "The partial filter of the index 'i' compares 'v' with values of the type string.",
    ),
    (PARTIAL, "json", "date", "The partial filter of the index 'i' compares 'v' with values of the type json."),
    (PARTIAL, "string", "json", ""),
    (PARTIAL, "number", "decimal128", ""),
    (PRESENT, "string", "number", ""),
]


def refusal(spec: dict[str, Any], before: str, *operations: dict[str, Any]) -> str:
    schema, errors = parse_schema([{"name": "v", "type": before}], limits=LIMITS)
    steps, more = parse_steps([*operations], limits=LIMITS)
    after, again = declared_by(schema, steps, limits=LIMITS)
    assert not [*errors, *more, *again]
    indexes = SimpleNamespace(specs=lambda: [{"name": "_id_", "key": {"_id": 1}}, {"name": "i", **spec}])
    collection = cast(engine.Collection, SimpleNamespace(indexes=indexes))
    try:
        refuse_idle_indexes(collection, SchemaChange(schema, after, steps))
    except engine.Conflict as error:
        return error.message
    return ""


@pytest.mark.parametrize(("spec", "before", "after", "text"), CASES)
def test_a_change_of_a_type(spec: dict[str, Any], before: str, after: str, text: str) -> None:
    expected = f"{text} Drop it first." if text else ""
    change = {"op": "retype", "field": {"name": "v", "type": after}}
    assert refusal(spec, before, change) == expected
    renamed = {"op": "retype", "field": {"name": "w", "type": after}}
    assert refusal(spec, before, {"op": "rename", "name": "v", "to": "w"}, renamed) == expected
    assert refusal(spec, before, {"op": "drop", "name": "v"}) == ""


def test_every_index_is_reported() -> None:
    both = {**EXPIRES, "partialFilterExpression": {"v": "2020-01-01"}}
    text = refusal(both, "date", {"op": "retype", "field": {"name": "v", "type": "string"}})
    assert text.endswith("compares 'v' with values of the type date. Drop them first.")


def test_a_declared_field_that_was_not_declared() -> None:
    added = {"op": "add", "field": {"name": "u", "type": "date"}}
    spec = {"key": {"n": 1}, "partialFilterExpression": {"u": {"$gt": "2020"}}}
    assert refusal(spec, "string", added).startswith("The partial filter of the index 'i' compares 'u'")
