"""Conditions of columns as filters of MongoDB."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from features.sql.running.conditions import both, condition_of, filter_of, is_native, native_kind
from features.sql.running.tokens import tokens_of
from features.sql.tables import SqlColumn

ID = SqlColumn("id", "_rowid", "INTEGER", is_rowid_alias=True)
NUMBER = SqlColumn("n", "n", "INTEGER", kind="number")
TEXT = SqlColumn("name", "name", "TEXT")
BOOLEAN = SqlColumn("ok", "ok", "BOOLEAN", kind="boolean")
DATE = SqlColumn("day", "day", "TEXT", kind="date")
CONVERTED = {"n": {"$type": ["string", "bool"]}}
AS_TEXT = ["object", "array", "date", "objectId", "binData", "regex", "timestamp"]
NO_TEXT = {"name": {"$type": ["number", "bool", *AS_TEXT]}}


def near(low: float, high: float) -> dict[str, Any]:
    return {"n": {"$gte": low, "$lte": high, "$type": "decimal"}}


BELOW, ABOVE = math.nextafter(5, 0), math.nextafter(5, 6)
FIVE = {"$or": [{"n": {"$eq": 5}}, near(BELOW, ABOVE), CONVERTED]}
FROM_5 = {"$or": [{"n": {"$gte": 5}}, near(BELOW, 5), {"n": {"$type": ["string", "bool", *AS_TEXT]}}]}
FILTERS: list[tuple[SqlColumn, str, list[Any]]] = [
    (ID, "= 5", [{"_rowid": {"$eq": 5}}]),
    (ID, ">= -5", [{"_rowid": {"$gte": -5}}]),
    (ID, "IN (1, 2)", [{"_rowid": {"$in": [1, 2]}}]),
    (ID, "BETWEEN 1 AND 2", [{"_rowid": {"$gte": 1}}, {"_rowid": {"$lte": 2}}]),
    (NUMBER, "== 5", [FIVE]),
    (NUMBER, "< 5", [{"$or": [{"n": {"$lt": 5}}, CONVERTED]}]),
    (NUMBER, ">= 5", [FROM_5]),
    (NUMBER, "BETWEEN 5 AND 7", [FROM_5, {"$or": [{"n": {"$lte": 7}}, near(7, math.nextafter(7, 8)), CONVERTED]}]),
    (BOOLEAN, "= 1", [{"$or": [{"ok": {"$in": [True]}}, {"ok": {"$type": ["number", "string"]}}]}]),
    (BOOLEAN, "IN (0, 7)", [{"$or": [{"ok": {"$in": [False]}}, {"ok": {"$type": ["number", "string"]}}]}]),
    (BOOLEAN, "> 0", [None]),
    (TEXT, "= 'it''s'", [{"name": {"$eq": "it's"}}]),
    (TEXT, "IN ('a', 'b')", [{"name": {"$in": ["a", "b"]}}]),
    (TEXT, "= '5'", [{"$or": [{"name": {"$eq": "5"}}, NO_TEXT]}]),
    (TEXT, "= 'abcdefabcdefabcdefabcdef'", [{"$or": [{"name": {"$eq": "abcdef" * 4}}, NO_TEXT]}]),
    (TEXT, "> 'a'", [{"$or": [{"name": {"$gt": "a"}}, NO_TEXT]}]),
    (TEXT, "= 5", [None]),
    (TEXT, "IN ('a', 5)", [None]),
    (DATE, "= 'x'", [None]),
    (ID, "= 9007199254740993", [None]),
    (ID, "= 5 = 0", []),
    (ID, "= 5.5", []),
    (ID, "= 5e1", []),
    (ID, "= x'05'", []),
    (ID, "= - 'a'", []),
    (ID, "= (5)", []),
    (ID, "NOT IN (5)", []),
    (ID, "IN ()", []),
    (ID, "<> 5", []),
    (ID, "IS 5", []),
    (ID, "NOT BETWEEN 1 AND 2", []),
    (ID, "BETWEEN 1 AND (2)", []),
    (ID, "BETWEEN 1 AND 2 + 1", []),
    (TEXT, "= 'a' COLLATE NOCASE", []),
    (TEXT, "= name", []),
    (TEXT, '= "a"', []),
    (ID, "", []),
    (ID, "IN", []),
]  # fmt: skip


@pytest.mark.parametrize(("column", "text", "filters"), FILTERS)
def test_conditions_with_constants_are_filters(column: SqlColumn, text: str, filters: list[Any]) -> None:
    assert [condition.filter for condition in condition_of(column, tokens_of(text))] == filters


def test_arrays_are_left_out_where_an_index_excludes_them() -> None:
    (condition,) = condition_of(NUMBER, tokens_of("> 5"))
    assert condition.needs_arrays
    types = ["string", "bool", *(name for name in AS_TEXT if name != "array")]
    assert replace(condition, has_arrays=False).filter == {"$or": [{"n": {"$gt": 5}}, {"n": {"$type": types}}]}
    for column, text in ((NUMBER, "< 5"), (ID, "> 5"), (TEXT, "= 'a'"), (TEXT, "= 5")):
        assert not condition_of(column, tokens_of(text))[0].needs_arrays


def test_more_than_200_numbers_are_no_filter() -> None:
    for count, is_filter in ((200, True), (201, False)):
        (condition,) = condition_of(NUMBER, tokens_of(f"IN ({', '.join('7' * count)})"))
        assert (condition.filter is not None) == is_filter


@pytest.mark.parametrize(
    ("column", "kind", "values", "others"),
    [
        (ID, "rowid", [1], [None, "a"]),
        (NUMBER, "number", [0, -2.5, 2**53 - 1], [None, True, "5", math.nan, math.inf, 2**53, -(2**53), [1]]),
        (BOOLEAN, "boolean", [True, False], [None, 1, "true"]),
        (TEXT, "text", ["", "a"], [None, 5, b"a", ["a"]]),
        (DATE, "date", [date(2020, 1, 1), datetime(2020, 1, 1, 5)], [None, "2020-01-01", 5]),
    ],
)
def test_values_of_the_type_of_the_field_are_native(
    column: SqlColumn, kind: str, values: list[Any], others: list[Any]
) -> None:
    assert native_kind(column) == kind
    assert [value for value in (*values, *others) if is_native(column, value)] == values


@pytest.mark.parametrize(
    ("type", "kind"),
    [("TEXT", "number"), ("NUMERIC", "string"), ("BLOB", "string"), ("", "number"), ("INT", "json")],
)
def test_columns_that_convert_have_no_native_kind(type: str, kind: str) -> None:
    assert native_kind(SqlColumn("c", "c", type, kind=kind)) == ""


def test_the_ends_of_a_range_are_one_part_of_a_filter() -> None:
    between = condition_of(NUMBER, tokens_of("BETWEEN 5 AND 7"))
    (below,) = condition_of(NUMBER, tokens_of("< 6"))
    decimals = [near(BELOW, 5), near(7, math.nextafter(7, 8))]
    ends = {"$or": [{"n": {"$gte": 5, "$lte": 7}}, *decimals, CONVERTED]}
    assert filter_of([*between, below]) == {"$and": [ends, below.filter]}
    texts = [condition_of(TEXT, tokens_of(text))[0] for text in ("< 'b'", "> 'a'")]
    assert filter_of(texts) == {"$and": [{"$or": [{"name": {"$lt": "b", "$gt": "a"}}, NO_TEXT]}]}
    ids = condition_of(ID, tokens_of("BETWEEN 1 AND 2"))
    assert filter_of([*ids, *between[:1]]) == {"$and": [{"_rowid": {"$gte": 1, "$lte": 2}}, FROM_5]}
    assert filter_of([]) is None


def test_filters_are_joined() -> None:
    assert both(None, {"a": 1}, None, {"b": 2}) == {"$and": [{"a": 1}, {"b": 2}]}
    assert both(None) is None
