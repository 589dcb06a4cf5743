"""Columns, rows and cells of the grid of documents."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from bson import Decimal128, ObjectId, Regex, Timestamp

import engine
from dashboard.documents import grid
from dashboard.documents.grid import Cell, Column
from dashboard.documents.grid_state import GridState
from dashboard.documents.references import ReferenceLink

HEX = "507f1f77bcf86cd799439011"
SCHEMA = engine.Schema(
    (
        engine.Field("title", required=True),
        engine.Field("rating", "number"),
        engine.Field("price", "decimal128"),
        engine.Field("count", "autonumber"),
    )
)


def names_of(columns: list[Column], *, visible: bool) -> list[str]:
    return [column.name for column in columns if column.visible is visible]


@pytest.mark.parametrize(
    ("documents", "names"),
    [
        ([], ["title", "_id", "rating", "price", "count"]),
        (
            [{"_id": 1, "first": 1, "rating": 2, "last": 3, "_sys": {}}],
            ["title", "_id", "first", "rating", "price", "count", "last"],
        ),
        (
            [{"x": 1, "y": 1, "price": 1}, {"y": 1, "z": 1}],
            ["title", "_id", "rating", "x", "y", "price", "count", "z"],
        ),
    ],
)
def test_the_title_comes_first_and_other_fields_in_document_order(
    documents: list[dict[str, Any]], names: list[str]
) -> None:
    columns = grid.columns(SCHEMA, documents, GridState(), title="title")
    assert names_of(columns, visible=True) == names
    assert [column.name for column in columns if column.is_title] == ["title"]


def test_at_most_twelve_columns_are_visible() -> None:
    document = {f"f{number}": 1 for number in range(12)}
    columns = grid.columns(engine.Schema(), [document], GridState())
    assert names_of(columns, visible=True) == ["_id", *(f"f{number}" for number in range(11))]
    assert names_of(columns, visible=False) == ["f11"]


@pytest.mark.parametrize(
    ("of_address", "chosen", "visible"),
    [
        (("rating", "title"), ("count",), ["rating", "title"]),
        ((), ("count", "rating"), ["count", "rating"]),
        (("gone",), (), ["gone"]),
    ],
)
def test_columns_of_the_address_come_before_chosen_ones(
    of_address: tuple[str, ...], chosen: tuple[str, ...], visible: list[str]
) -> None:
    columns = grid.columns(SCHEMA, [], GridState(columns=of_address), title="title", chosen=chosen)
    assert names_of(columns, visible=True) == visible
    hidden = [name for name in ("title", "_id", "rating", "price", "count") if name not in visible]
    assert names_of(columns, visible=False) == hidden


def test_a_column_has_the_declaration_and_the_sort_order() -> None:
    state = GridState(sort=(("title", -1),), columns=("title", "free"))
    title, free = grid.columns(SCHEMA, [{"free": "x"}], state, title="title")[:2]
    query = "?column=title&column=free"
    assert title == Column("title", "string", is_title=True, sort=-1, toggle=query, required=True)
    assert free == Column("free", toggle="?sort=%2B%3Afree&column=title&column=free")


@pytest.mark.parametrize(
    ("values", "is_numeric"),
    [([1, 2.5, None], True), ([], False), ([None], False), ([True], False), ([1, "2"], False), ([1, True], False)],
)
def test_an_undeclared_column_is_numeric_if_all_values_are_numbers(values: list[Any], is_numeric: bool) -> None:
    (column,), _ = grid.table([{"a": value} for value in values], ["a"])
    assert column.numeric is is_numeric


def test_declared_numbers_are_numeric_without_documents() -> None:
    columns = grid.columns(SCHEMA, [{"rating": "text", "title": 1}], GridState(), title="title")
    assert [column.name for column in columns if column.numeric] == ["rating", "price", "count"]


def test_a_row_has_a_cell_for_each_column() -> None:
    document = {"_id": ObjectId(HEX), "_sys": {"version": 3}, "title": "Slam", "rating": None}
    links = {"title": [ReferenceLink("films", HEX, "Slam")]}
    columns = [Column("title"), Column("rating", numeric=True), Column("absent", numeric=True)]
    row = grid.row(document, columns, title="title", links=links)
    assert (row.id, row.version, row.label) == (HEX, 3, "Slam")
    assert row.cells == [
        Cell("title", "text", "Slam", links=links["title"]),
        Cell("rating", "null", "null", numeric=True),
        Cell("absent", "missing", "", numeric=True),
    ]


def test_a_document_without_system_fields_is_named_by_its_id() -> None:
    row = grid.row({"_id": ObjectId(HEX)}, [])
    assert (row.version, row.label, row.cells) == (0, HEX, [])


def test_a_table_marks_numeric_columns_and_their_cells() -> None:
    columns, rows = grid.table([{"n": 1, "t": "x"}, {"t": "y"}], ["t", "n"])
    assert columns == [Column("t"), Column("n", numeric=True)]
    assert rows == [
        [Cell("t", "text", "x"), Cell("n", "number", "1", numeric=True)],
        [Cell("t", "text", "y"), Cell("n", "missing", "", numeric=True)],
    ]


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, "null", "null"),
        (True, "bool", "true"),
        (False, "bool", "false"),
        (0, "number", "0"),
        (-1.5, "number", "-1.5"),
        (2**63 - 1, "number", "9223372036854775807"),
        (date(2026, 1, 31), "time", "2026-01-31"),
        ("", "text", ""),
        ("é 🦉", "text", "é 🦉"),
        ("a\nb", "text", "a ↵ b"),
        ("a\r\nb\rc", "text", "a ↵ b ↵ c"),
        ("x" * 120, "text", "x" * 120),
        (ObjectId(HEX), "id", HEX),
        (Decimal128("12.50"), "id", "12.50"),
        (Timestamp(5, 7), "id", '{"t":5,"i":7}'),
        (Regex("^a", "i"), "id", '{"pattern":"^a","options":"i"}'),
    ],
)
def test_a_value_is_a_complete_cell(value: Any, kind: str, text: str) -> None:
    assert grid.cell("a", value) == Cell("a", kind, text)


@pytest.mark.parametrize(
    ("value", "text", "at"),
    [
        (datetime(2026, 1, 31, 10, 0, tzinfo=UTC), "2026-01-31 10:00:00Z", "2026-01-31T10:00:00Z"),
        (datetime(2026, 1, 31, 10, 0), "2026-01-31 10:00:00Z", "2026-01-31T10:00:00Z"),
        (datetime(2026, 1, 31, 10, 0, 0, 20_000), "2026-01-31 10:00:00.020Z", "2026-01-31T10:00:00.020Z"),
    ],
)
def test_a_time_has_its_iso_form(value: datetime, text: str, at: str) -> None:
    assert grid.cell("a", value) == Cell("a", "time", text, at=at)


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ("x" * 121, "text", "x" * 120 + "…"),
        (b"x" * 120, "id", "eHh4" * 30 + "…"),
        ({}, "nested", "{0}"),
        ([], "nested", "[0]"),
        ([1, "a", None, True, {}, [], 7], "nested", "[7] 1, a, null, true, {}, []"),
        ({"a": {"b": 1}, "c": [1], "d": ObjectId(HEX)}, "nested", f"{{3}} a: {{…}}, c: […], d: {HEX}"),
        (dict.fromkeys("abcdefg", 1), "nested", "{7} a: 1, b: 1, c: 1, d: 1, e: 1, f: 1"),
        ({"b": "1\n2", "c\r\nd": 3}, "nested", "{2} b: 1 ↵ 2, c ↵ d: 3"),
        (["1\n2", {"a\n": 1}], "nested", "[2] 1 ↵ 2, {…}"),
        (["x" * 60], "nested", "[1] " + "x" * 60),
        (["x" * 58, "yz"], "nested", "[2] " + "x" * 58 + ", …"),
    ],
)
def test_a_long_or_nested_value_is_abbreviated(value: Any, kind: str, text: str) -> None:
    assert grid.cell("a", value) == Cell("a", kind, text, complete=False)
