"""What becomes of columns: names, types, and what a caller may not ask for."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from features.jobs.column_mapping import fields_of, name_errors, names_of, parse_columns

SHAPE = "Must be the name of a field, an object with name and type, or null to leave the column out."


def test_columns_are_renamed_typed_or_left_out() -> None:
    columns = parse_columns(
        {"A": "a", "B": {"type": "string"}, "C": None, "D": {"name": "d", "type": "date"}}, makes_collection=True
    )
    header, types = ["A", "B", "C", "D", "E", "_id"], ["number", "number", "string", "string", "", "string"]
    assert names_of(header, columns) == ["a", "B", None, "d", "E", "_id"]
    assert fields_of(header, types, columns) == [
        {"name": "a", "type": "number"},
        {"name": "B", "type": "string"},
        {"name": "d", "type": "date"},
    ]


@pytest.mark.parametrize(
    ("columns", "makes_collection", "errors"),
    [
        ([], True, [("columns", "Must be an object with a member for each column that is changed.")]),
        (
            {"a": 1, "b": {"named": "x"}, "c": {"name": 1}, "d": "", "e": {"type": "text"}},
            True,
            [
                ("columns.a", SHAPE),
                ("columns.b", SHAPE),
                ("columns.c", SHAPE),
                ("columns.d", SHAPE),
                ("columns.e", "Unknown type 'text'."),
            ],
        ),
        (
            {"a": {"type": "number"}, "b": "x"},
            False,
            [("columns.a", "The collection has its own fields; only names can be changed.")],
        ),
    ],
)
def test_columns_that_are_refused(columns: Any, makes_collection: bool, errors: list[tuple[str, str]]) -> None:
    with pytest.raises(engine.Invalid) as refused:
        parse_columns(columns, makes_collection=makes_collection)
    assert [(error.field, error.message) for error in refused.value.errors] == errors


def test_columns_that_the_file_does_not_have() -> None:
    with pytest.raises(engine.Invalid) as refused:
        names_of(["a", "b", "c"], {"x": {"name": "y"}, "a": {"name": "c"}})
    assert [(error.field, error.message) for error in refused.value.errors] == [
        ("columns.x", "The file has no column 'x'."),
        ("columns", "2 columns become the field 'c'."),
    ]


def test_errors_of_fields_name_the_column() -> None:
    errors = [engine.FieldError("fields.1.name", "Wrong."), engine.FieldError("fields", "Too many.")]
    fields = [{"name": "a"}, {"name": "b.c"}]
    assert name_errors(errors, fields) == [
        engine.FieldError("json_file", "The column 'b.c': Wrong."),
        engine.FieldError("json_file", "Too many."),
    ]
