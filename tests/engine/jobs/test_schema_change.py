"""Schema changes: how steps are read, what they declare, and what they do to a document."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from bson import Binary, Decimal128, Int64, ObjectId

from engine.errors import FieldError
from engine.jobs.rewrite import UNCHANGED
from engine.jobs.schema_change import (
    Add,
    ChangeType,
    Drop,
    Rename,
    SchemaChange,
    Step,
    _unique_key,
    as_json,
    declared_by,
    parse_steps,
)
from engine.limits import Limits
from engine.schema.declaration import parse_schema
from engine.schema.fields import Field
from engine.schema.json_schema import Rules, parse_rules
from engine.schema.schema import Schema

LIMITS = Limits()
ID = ObjectId("5f" * 12)
STAMPS = {"version": 1}
TAKEN = "Another document has the same value, which must be unique."
REQUIRED = "This field is required."
UNKNOWN = "The collection is strict and has no such field."
NAME = "Must be the name of a field."


def schema_of(*fields: dict[str, Any], strict: bool = False) -> Schema:
    schema, errors = parse_schema([*fields], limits=LIMITS, strict=strict)
    assert not errors
    return schema


def field(name: str, kind: str = "string", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, **more}


def rules(**raw: Any) -> Rules:
    parsed, errors = parse_rules(raw, limits=LIMITS)
    assert parsed is not None, errors
    return parsed


def change(before: Schema, *operations: dict[str, Any]) -> SchemaChange:
    steps, errors = parse_steps([*operations], limits=LIMITS)
    assert not errors
    after, errors = declared_by(before, steps, limits=LIMITS)
    assert not errors
    return SchemaChange(before, after, steps)


def converted(by: SchemaChange, **members: Any) -> tuple[Any, list[tuple[str, str]]]:
    """Return the members of the new document, or UNCHANGED, and what does not fit."""
    new, errors = by.convert({"_id": ID, **members, "_sys": STAMPS}, number=None, limits=LIMITS)
    if new is not UNCHANGED:
        assert (new.pop("_id"), new.pop("_sys")) == (ID, STAMPS)
    return new, [(path, str(text)) for path, text in errors]


STEPS: list[tuple[dict[str, Any], Step]] = [
    ({"op": "add", "field": {"name": "a", "type": "number", "default": 1}}, Add(Field("a", "number", default=1))),
    ({"op": "retype", "field": {"name": "é", "type": "date"}}, ChangeType(Field("é", "date"))),
    ({"op": "rename", "name": "a", "to": "b"}, Rename("a", "b")),
    ({"op": "drop", "name": "a"}, Drop("a")),
]


def test_steps_are_read_and_written_in_the_same_form() -> None:
    raw, steps = map(list, zip(*STEPS, strict=True))
    assert parse_steps(raw, limits=LIMITS) == (steps, [])
    assert as_json(steps) == raw
    assert parse_steps([], limits=LIMITS) == ([], [])


OPS = "Must be one of add, retype, rename, drop."
NO_FIELD = "A field must be an object with a name."


@pytest.mark.parametrize(
    ("raw", "errors"),
    [
        *((item, [("operations.0.op", OPS)]) for item in (None, "drop", {}, {"op": "remove"}, {"op": ["drop"]})),
        ({"op": "drop"}, [("operations.0.name", NAME)]),
        ({"op": "drop", "name": ""}, [("operations.0.name", NAME)]),
        (
            {"op": "drop", "name": 5, "to": "b"},
            [("operations.0.to", "drop has no such property."), ("operations.0.name", NAME)],
        ),
        ({"op": "rename"}, [("operations.0.name", NAME), ("operations.0.to", NAME)]),
        ({"op": "rename", "name": "a", "to": "_id"}, [("operations.0.to", "The name '_id' is reserved.")]),
        ({"op": "rename", "name": "a", "to": "b.c"}, [("operations.0.to", "A field name must not contain a dot.")]),
        ({"op": "add"}, [("operations.0.field", NO_FIELD)]),
        (
            {"op": "add", "field": {"name": "$a"}},
            [("operations.0.field.name", "A field name must not begin with '$'.")],
        ),
        ({"op": "retype", "field": {"name": "a"}, "x": 1}, [("operations.0.x", "retype has no such property.")]),
    ],
)
def test_every_error_of_a_step_is_reported_with_its_index(raw: Any, errors: list[tuple[str, str]]) -> None:
    assert parse_steps([raw], limits=LIMITS) == ([], [FieldError(*error) for error in errors])
    good = {"op": "drop", "name": "z"}
    later = [FieldError(path.replace("operations.0", "operations.1"), text) for path, text in errors]
    assert parse_steps([good, raw], limits=LIMITS) == ([Drop("z")], later)


@pytest.mark.parametrize("raw", [None, {}, "drop", [{"op": "drop", "name": "a"}] * 3])
def test_steps_are_an_array_of_no_more_than_the_cap(raw: Any) -> None:
    text = "Must be an array of at most 2 operations (MAX_COLLECTION_FIELDS)."
    assert parse_steps(raw, limits=Limits(collection_fields=2)) == ([], [FieldError("operations", text)])


FULL = field("full", template="{{a}} {{b.c}}")


@pytest.mark.parametrize(
    ("steps", "fields"),
    [
        ([], [field("a"), field("b", "object"), FULL]),
        ([Add(Field("c"))], [field("a"), field("b", "object"), FULL, field("c")]),
        ([ChangeType(Field("a", "number"))], [field("a", "number"), field("b", "object"), FULL]),
        ([Rename("b", "z")], [field("a"), field("z", "object"), field("full", template="{{a}} {{z.c}}")]),
        ([Drop("full"), Drop("a")], [field("b", "object")]),
        (
            [Rename("a", "c"), Add(Field("a"))],
            [field("c"), field("b", "object"), field("full", template="{{c}} {{b.c}}"), field("a")],
        ),
    ],
)
def test_steps_declare_fields_in_their_order(steps: list[Step], fields: list[dict[str, Any]]) -> None:
    after, errors = declared_by(
        schema_of(field("a"), field("b", "object"), FULL, strict=True), steps, limits=LIMITS
    )
    assert errors == []
    assert after.as_list() == fields
    assert after.strict


READS = "The template of the computed field 'full' names {!r}; change that field first."


@pytest.mark.parametrize(
    ("steps", "errors"),
    [
        ([Add(Field("a"))], [("operations.0", "The field 'a' is declared already.")]),
        ([ChangeType(Field("x"))], [("operations.0", "There is no field 'x'.")]),
        (
            [Rename("x", "y"), Rename("a", "b")],
            [("operations.0", "There is no field 'x'."), ("operations.1", "The field 'b' is declared already.")],
        ),
        ([Rename("a", "a")], [("operations.0", "The field 'a' is declared already.")]),
        ([Drop("x")], [("operations.0", "There is no field 'x'.")]),
        ([Drop("a"), Drop("b")], [("operations.0", READS.format("a")), ("operations.1", READS.format("b"))]),
        ([Drop("full"), Drop("full")], [("operations.1", "There is no field 'full'.")]),
    ],
)
def test_steps_that_cannot_be_applied_change_nothing(steps: list[Step], errors: list[tuple[str, str]]) -> None:
    before = schema_of(field("a"), field("b", "object"), FULL)
    assert declared_by(before, steps, limits=LIMITS) == (before, [FieldError(*error) for error in errors])


def test_steps_declare_no_more_fields_than_the_cap() -> None:
    _, errors = declared_by(schema_of(field("a")), [Add(Field("b"))], limits=Limits(collection_fields=1))
    text = "A collection has at most 1 fields (MAX_COLLECTION_FIELDS)."
    assert errors == [FieldError("operations", text)]


SEVEN = {"op": "add", "field": field("n", "number", default=7)}
RENAME = {"op": "rename", "name": "a", "to": "b"}


@pytest.mark.parametrize(
    ("operation", "members", "new", "errors"),
    [
        (SEVEN, {"x": 1}, {"x": 1, "n": 7}, []),
        (SEVEN, {"n": None}, UNCHANGED, []),
        (SEVEN, {"n": "12"}, {"n": 12}, []),
        ({"op": "add", "field": field("n", "number")}, {}, UNCHANGED, []),
        ({"op": "add", "field": field("n", required=True)}, {}, UNCHANGED, [("n", REQUIRED)]),
        ({"op": "add", "field": field("n", required=True)}, {"n": None}, UNCHANGED, [("n", REQUIRED)]),
        ({"op": "retype", "field": field("a", "number")}, {"a": "1.50"}, {"a": 1.5}, []),
        ({"op": "retype", "field": field("a", "number")}, {"a": "one"}, UNCHANGED, [("a", "Must be a number.")]),
        ({"op": "retype", "field": field("a", "date")}, {"a": "2024-02-29"}, {"a": datetime(2024, 2, 29)}, []),
        (RENAME, {"x": 1, "a": "v", "y": 2}, {"x": 1, "b": "v", "y": 2}, []),
        (RENAME, {"b": 1}, UNCHANGED, []),
        (RENAME, {"a": 1, "b": 2}, UNCHANGED, [("b", "The document has both 'a' and 'b'.")]),
        ({"op": "drop", "name": "a"}, {"a": None, "b": 1}, {"b": 1}, []),
        ({"op": "drop", "name": "a"}, {"b": 1}, UNCHANGED, []),
    ],
)
def test_a_step_converts_a_document(
    operation: dict[str, Any], members: dict[str, Any], new: Any, errors: list[tuple[str, str]]
) -> None:
    result = converted(change(schema_of(field("a")), operation), **members)
    assert result == (new, errors)
    assert new is UNCHANGED or [*result[0]] == [*new]


def test_a_calendar_date_becomes_the_text_as_which_it_is_shown() -> None:
    to_text = change(schema_of(field("day", "date")), {"op": "retype", "field": field("day")})
    assert converted(to_text, day=datetime(2024, 2, 29)) == ({"day": "2024-02-29"}, [])
    other = change(schema_of(field("day", "date"), field("a")), {"op": "drop", "name": "a"})
    assert converted(other, day=datetime(2024, 2, 29)) == (UNCHANGED, [])


def test_documents_without_a_number_get_the_next_one() -> None:
    numbered = change(schema_of(), {"op": "add", "field": field("no", "autonumber")})
    stored = {"_id": ID, "_sys": STAMPS}
    new, errors = numbered.convert(stored, number={"no": 41}.__getitem__, limits=LIMITS)
    assert (new, errors) == ({"_id": ID, "no": 41, "_sys": STAMPS}, [])
    assert numbered.convert(stored, number=None, limits=LIMITS) == (UNCHANGED, [])
    assert numbered.convert({**stored, "no": 3}, number=lambda _: 41, limits=LIMITS) == (UNCHANGED, [])


@pytest.mark.parametrize(
    ("more", "values", "taken"),
    [
        ({}, ["a", "b", "A", None, None], []),
        ({}, ["a", "b", "a", "a"], [2, 3]),
        ({"case_insensitive": True}, ["Straße", "STRASSE", "é", "E\u0301", "e"], [1, 3]),
    ],
)
def test_a_value_that_another_document_has_is_taken(
    more: dict[str, Any], values: list[Any], taken: list[int]
) -> None:
    unique = change(schema_of(field("a")), {"op": "retype", "field": field("a", unique=True, **more)})
    errors = [converted(unique, a=value)[1] for value in values]
    assert errors == [[("a", TAKEN)] if index in taken else [] for index in range(len(values))]


@pytest.mark.parametrize(
    ("kind", "values", "taken"),
    [
        ("number", [-1, -2, 0, 2**61 - 1, 2**61, 1, 2.5], []),
        ("number", [-1, -1.0, 1, 1.0, 0, -0.0, 2**53, 2.0**53], [1, 3, 5, 7]),
        ("number", [2**53 + 1, 2.0**53], []),
        (
            "decimal128",
            [
                Decimal128(text)
                for text in ("-1", "-2", "1", "1.00", "1E+6144", "1E+6143", "10E+6143", "-0", "0E-9")
            ],
            [3, 6, 8],
        ),
        ("boolean", [True, False, True], [2]),
        ("binary", [b"a", b"b", Binary(b"a", 128), b"a"], [3]),
    ],
)
def test_a_value_is_taken_only_by_an_equal_one(kind: str, values: list[Any], taken: list[int]) -> None:
    unique = change(schema_of(field("a", kind)), {"op": "retype", "field": field("a", kind, unique=True)})
    errors = [converted(unique, a=value)[1] for value in values]
    assert errors == [[("a", TAKEN)] if index in taken else [] for index in range(len(values))]


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (1, 1.0, True),
        (1, Int64(1), True),
        (1, Decimal128("1.0"), True),
        (0.5, Decimal128("0.5"), True),
        (0.1, Decimal128("0.1"), False),
        (1, True, False),
        (1, "1", False),
        ("a", "A", False),
        (ID, str(ID), False),
        (True, True, True),
    ],
)
def test_numbers_of_all_types_are_equal_by_value(one: Any, other: Any, is_same: bool) -> None:
    assert (_unique_key(one, Field("a")) == _unique_key(other, Field("a"))) is is_same


def test_a_strict_schema_and_rules_are_applied_after_the_steps() -> None:
    before = schema_of(field("a"))
    strict = SchemaChange(before, schema_of(field("a"), strict=True))
    assert converted(strict, a="x", b=1, c=2) == (UNCHANGED, [("b", UNKNOWN), ("c", UNKNOWN)])
    ruled = SchemaChange(before, Schema(before.fields, rules=rules(properties={"b": {"maximum": 5}})))
    assert converted(ruled, b=5) == (UNCHANGED, [])
    assert [path for path, _ in converted(ruled, b=6)[1]] == ["b"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (Schema(), Schema(), False),
        (Schema(), Schema(strict=True), True),
        (Schema(strict=True), Schema(), False),
        (Schema(), Schema(rules=rules(minProperties=1)), True),
        (Schema(rules=rules(minProperties=1)), Schema(), False),
        (Schema(rules=rules(minProperties=1)), Schema(rules=rules(minProperties=1)), False),
        (Schema(rules=rules(const=1)), Schema(rules=rules(const=True)), True),
    ],
)
def test_documents_are_read_only_where_they_may_no_longer_fit(
    before: Schema, after: Schema, expected: bool
) -> None:
    assert SchemaChange(before, after).touches_documents is expected
    assert SchemaChange(before, after, [Drop("a")]).touches_documents


def test_the_earlier_names_of_a_field_are_those_that_it_was_renamed_from() -> None:
    steps = [Rename("a", "b"), Rename("x", "y"), Rename("b", "c")]
    names = SchemaChange(Schema(), Schema(), steps).names_before
    assert (names("c"), names("y"), names("a"), names("z")) == (["b", "a"], ["x"], [], [])


def test_indexes_of_unique_fields_that_differ_are_created_and_dropped() -> None:
    before = schema_of(
        field("same", unique=True), field("gone", unique=True), field("kind", unique=True), field("new")
    )
    after = schema_of(
        field("same", unique=True),
        field("gone"),
        field("kind", "number", unique=True),
        field("new", unique=True, case_insensitive=True),
    )
    both = SchemaChange(before, after)
    assert (both.new_unique, both.old_unique) == (["kind", "new"], ["gone", "kind"])
