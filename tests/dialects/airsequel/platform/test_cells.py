"""Cells of tables, and texts as values of a column."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from bson import ObjectId

import engine
from catalog.services.metadata.tables import ColumnDeclaration
from dialects.airsequel.platform.cells import cell_of, number_of, value_of
from dialects.airsequel.platform.columns import TableColumn


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, None),
        (True, True),
        (1.5, 1.5),
        ("a", "a"),
        ({"a": [1]}, '{"a":[1]}'),
        (datetime(2026, 1, 2), "2026-01-02T00:00:00.000Z"),
        (ObjectId("60c72b2f9b1d8b1a2d3e4567"), "60c72b2f9b1d8b1a2d3e4567"),
    ],
)
def test_cells(value: Any, cell: Any) -> None:
    assert cell_of(value) == cell


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        ("-2", -2),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("x", None),
        ("", None),
        ("inf", None),
        ("nan", None),
        ("1e-400", None),
        ("0e-400", 0),
    ],
)
def test_numbers(text: str, number: float | None) -> None:
    assert number_of(text) == number


@pytest.mark.parametrize(
    ("kind", "text", "value"), [("number", "7", 7), ("boolean", "TRUE", True), ("string", "7", "7")]
)
def test_values_of_a_column(kind: str, text: str, value: Any) -> None:
    assert value_of(TableColumn(engine.Field("a", kind), ColumnDeclaration()), text) == value


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        ("number", "x", "Must be a number."),
        ("number", "1e-400", "The number 1e-400 is too small: it would be stored as 0."),
        ("boolean", "x", "Must be true or false."),
    ],
)
def test_texts_that_are_no_value(kind: str, text: str, message: str) -> None:
    with pytest.raises(engine.Invalid, match=message):
        value_of(TableColumn(engine.Field("a", kind), ColumnDeclaration()), text)
