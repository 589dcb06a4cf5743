"""Columns of tables: the types of their cells, and the values that cells become."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

import engine
from engine.schema import parse_schema
from features.jobs.csv_columns import ColumnTypes, conversions

ID = "65a1b2c3d4e5f60718293a4b"


def type_of(*cells: str) -> str:
    types = ColumnTypes(depth=8, values=100)
    for cell in cells:
        types.add([cell])
    return types.of(0)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "-2.50", "", "1e5"], "number"),
        (["1", "x"], "string"),
        (["007", "12"], "string"),  # a code, whose zeros would be lost
        (["1234567890123456"], "string"),
        (["true", "FALSE"], "boolean"),
        (["true", "1"], "string"),
        (["2026-01-31", "2026-02-01"], "date"),
        (["2026-01-31T10:00:00Z", "2026-01-31T10:00:00.123+02:00"], "datetime"),
        (["2026-01-31", "2026-01-31T10:00:00Z"], "string"),
        (["2026-01-31", "2026-02-31"], "string"),
        (["2026-01-31T25:00:00Z"], "string"),
        (['{"a": 1}', "{}"], "object"),
        (["[1, 2]", "[]"], "array"),
        (["[1, 2]", "{}"], "string"),
        (["[1, 2"], "string"),
        (["[" * 9 + "]" * 9], "string"),
        (["", ""], ""),
    ],
)
def test_a_column_has_the_type_of_all_its_cells(cells: list[str], expected: str) -> None:
    assert type_of(*cells) == expected


def test_short_rows_say_nothing_of_later_columns() -> None:
    types = ColumnTypes(depth=8, values=100)
    for cells in (["1"], ["2", "x"]):
        types.add(cells)
    assert [types.of(number) for number in range(3)] == ["number", "string", ""]


@pytest.mark.parametrize(
    ("inferred", "cell", "value"),
    [
        ("number", "12", 12),
        ("number", "-1.50", -1.5),
        ("number", "1e5", 100000.0),
        ("boolean", "TRUE", True),
        ("object", '{"a": [1]}', {"a": [1]}),
        ("array", "[1, 2]", [1, 2]),
        ("date", "2026-01-31", "2026-01-31"),
        ("string", "12", "12"),
        ("", "x", "x"),
    ],
)
def test_cells_become_values_of_inferred_types(inferred: str, cell: str, value: Any) -> None:
    (convert,) = conversions(["a"], [inferred], engine.Schema(), depth=8, values=100)
    result = convert(cell)
    assert (result, type(result)) == (value, type(value))


@pytest.mark.parametrize(
    ("declared", "cell", "value"),
    [
        ({"type": "string"}, "12", "12"),
        ({"type": "number"}, "1234567890123456789", 1234567890123456789),
        ({"type": "number"}, "12345678901234567890", "12345678901234567890"),  # text, which the schema refuses
        ({"type": "number"}, "1e-400", "1e-400"),
        ({"type": "number"}, "twelve", "twelve"),
        ({"type": "boolean"}, "yes", "yes"),
        ({"type": "json"}, "[1]", [1]),
        ({"type": "json"}, "plain", "plain"),
        ({"type": "object"}, "[" * 9 + "]" * 9, "[" * 9 + "]" * 9),
        ({"type": "reference", "collection": "b", "many": True}, f'["{ID}"]', [ID]),
        ({"type": "decimal128"}, "1.10", "1.10"),
    ],
)
def test_cells_become_values_of_declared_types(declared: dict[str, Any], cell: str, value: Any) -> None:
    schema, errors = parse_schema([{"name": "a", **declared}], limits=engine.Limits())
    (convert,) = conversions(["a"], ["number"], schema, depth=8, values=100)
    assert (convert(cell), errors) == (value, [])


def test_ids_are_ids_where_they_have_their_form() -> None:
    (convert,) = conversions(["_id"], ["string"], engine.Schema(), depth=8, values=100)
    assert (convert(ID), convert("7")) == (ObjectId(ID), "7")
