"""Pipelines of groups, the aggregates that are composed of their results, and the names of groups."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from bson import Decimal128, Int64, ObjectId

import engine
from dialects.restdb.documents import grouping
from dialects.restdb.documents.grouping import GroupQuery, grouped, key_of
from dialects.restdb.query.groups import Group, Metric
from engine.schema import parse_schema

SCHEMA, _ = parse_schema(
    [{"name": "boss", "type": "reference", "collection": "people"}, {"name": "day", "type": "date"}],
    limits=engine.Limits(),
)
BY_ID = {"$sort": {"_id": 1}}
COUNT = {"$group": {"_id": None, "n": {"$sum": 1}}}
GREATEST = {"$cond": [{"$gt": ["$a", None]}, {"v": "$a", "d": "$$ROOT", "n": {"$isNumber": "$a"}}, "$$REMOVE"]}
FIRST, LAST = {"$date": "0001-01-01T00:00:00Z"}, {"$date": "9999-12-31T23:59:59.999Z"}


def start_of(unit: dict[str, str]) -> dict[str, Any]:
    """Return the expression for the start of a unit of time; null for a date outside the calendar."""
    at = {"$convert": {"input": "$at", "to": "date", "onError": None, "onNull": None}}
    start = {"$max": [{"$dateTrunc": {"date": "$$at", **unit}}, FIRST]}
    is_in_calendar = {"$and": [{"$gte": ["$$at", FIRST]}, {"$lte": ["$$at", LAST]}]}
    return {"$let": {"vars": {"at": at}, "in": {"$cond": [is_in_calendar, start, None]}}}


def extreme(value: Any, *, key: int, number: bool = True) -> dict[str, Any]:
    return {"m0": {"v": value, "d": {"_id": key}, "n": number}}


def pipeline(query: engine.Query | None = None, *groups: Group, **values: Any) -> list[dict[str, Any]]:
    metrics = values.pop("metrics", ())
    return GroupQuery(query or engine.Query(), groups, metrics, **values).pipeline(SCHEMA, None)


@pytest.mark.parametrize(
    ("query", "bounded", "expected"),
    [
        (engine.Query(), False, []),
        (engine.Query(sort=(("a", -1),)), False, []),
        (engine.Query({"a": 1}, limit=5), False, [{"$match": {"a": 1}}]),
        (engine.Query(limit=5), True, [BY_ID, {"$limit": 5}]),
        (engine.Query(skip=2), False, [BY_ID, {"$skip": 2}]),
        (
            engine.Query({"a": 1}, (("a", -1), ("b", 1)), skip=2, limit=5),
            True,
            [{"$match": {"a": 1}}, {"$sort": {"a": -1, "b": 1}}, {"$skip": 2}, {"$limit": 5}],
        ),
    ],
)
def test_only_a_page_is_sorted_and_limited(query: engine.Query, bounded: bool, expected: list[Any]) -> None:
    assert pipeline(query, bounded=bounded) == [*expected, COUNT, BY_ID]


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (Group("a.b"), "$a.b"),
        (Group("boss"), "$boss"),
        (Group("boss.0._id"), "$boss"),
        (Group("at", "YYYY", "year", "Asia/Tokyo"), start_of({"unit": "year", "timezone": "Asia/Tokyo"})),
        (Group("at", "WW", "week"), start_of({"unit": "week", "timezone": "UTC", "startOfWeek": "monday"})),
    ],
)
def test_the_key_of_a_group(group: Group, expected: Any) -> None:
    (stage, _) = pipeline(None, group)
    assert stage["$group"]["_id"] == {"k0": expected}


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("COUNT", {}),
        ("SUM", {"s0": {"$sum": "$a"}}),
        ("AVG", {"s0": {"$sum": "$a"}, "c0": {"$sum": {"$cond": [{"$isNumber": "$a"}, 1, 0]}}}),
        ("MIN", {"m0": {"$min": GREATEST}}),
        ("MAX", {"m0": {"$max": GREATEST}}),
    ],
)
def test_the_parts_of_a_metric(function: str, expected: dict[str, Any]) -> None:
    (stage, _) = pipeline(metrics=(Metric(function, "a", "label"),))
    assert stage == {"$group": {"_id": None, "n": {"$sum": 1}, **expected}}


@pytest.mark.parametrize(
    ("function", "cells", "expected"),
    [
        ("COUNT", [], 0),
        ("COUNT", [{"n": 2}, {"n": 3}], 5),
        ("SUM", [], 0),
        ("SUM", [{"s0": 1}, {"s0": 2.5}], 3.5),
        ("SUM", [{"s0": Decimal128("1.10")}, {"s0": 2}, {"s0": 0.1}], Decimal128("3.20")),
        ("SUM", [{"s0": Int64(2**63 - 1)}], 2**63 - 1),
        ("SUM", [{"s0": 2**63 - 1}, {"s0": 1}], 2.0**63),
        ("SUM", [{"s0": "Infinity"}, {"s0": 1}], "Infinity"),
        ("SUM", [{"s0": "-Infinity"}, {"s0": "Infinity"}], "NaN"),
        ("AVG", [], None),
        ("AVG", [{"s0": 0, "c0": 0}], None),
        ("AVG", [{"s0": 3, "c0": 1}, {"s0": 4, "c0": 1}], 3.5),
        ("AVG", [{"s0": Decimal128("1"), "c0": 3}], Decimal128("0." + "3" * 34)),
        ("AVG", [{"s0": "Infinity", "c0": 2}], "Infinity"),
        ("MIN", [{}, {"m0": None}], None),
        ("MIN", [extreme(2, key=2), extreme(1.5, key=1)], {"_id": 1}),
        ("MAX", [extreme(2, key=2), {}, extreme("a", key=1, number=False)], {"_id": 1}),
        ("MIN", [extreme(5, key=2), extreme("-Infinity", key=1)], {"_id": 1}),
        ("MAX", [extreme("-Infinity", key=2), extreme(5, key=1)], {"_id": 1}),
        ("MAX", [extreme(Decimal128("5"), key=2), extreme("Infinity", key=1)], {"_id": 1}),
        ("MAX", [extreme("Infinity", key=2), extreme("-Infinity", key=1, number=False)], {"_id": 1}),
        ("MIN", [extreme("-Infinity", key=2), extreme("NaN", key=1), extreme(5, key=3)], {"_id": 1}),
        ("MIN", [extreme(Decimal128("1"), key=2), extreme(Decimal128("NaN"), key=1)], {"_id": 1}),
    ],
)
def test_results_of_cells_are_combined(function: str, cells: list[dict[str, Any]], expected: Any) -> None:
    result = grouping._metric(0, Metric(function, "a", "label"), cells, lambda document: document)
    assert (type(result), result) == (type(expected), expected)


def test_values_are_ordered_by_type_as_in_mongodb() -> None:
    values = [
        *(-1, Decimal128("0.5"), 2, 2.5, "", "a", "é", {"a": 1}, {"b": 0}, [], b"", ObjectId("0" * 24)),
        *(False, True, datetime(2026, 1, 1)),
    ]
    shuffled = values[1::2] + values[::2]
    assert sorted(shuffled, key=grouping._sort_key) == values


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text", "text"),
        ('"', '"'),
        ("", ""),
        (None, "null"),
        (True, "true"),
        (1.5, "1.5"),
        (Decimal128("1.50"), "1.50"),
        (ObjectId("0" * 24), "0" * 24),
        (date(2026, 1, 31), "2026-01-31"),
        (datetime(2026, 1, 31), "2026-01-31T00:00:00.000Z"),
        ([], ""),
        (["a", 1, None, ["ü"]], "a,1,null,ü"),
        ({"a": [1]}, '{"a":[1]}'),
    ],
)
def test_a_value_as_the_name_of_its_group(value: Any, expected: str) -> None:
    assert key_of(value) == expected


@pytest.mark.parametrize(
    ("value", "timezone", "expected"),
    [
        (datetime(2026, 1, 1, 0, 30), "UTC", "2026-01-01 00"),
        (datetime(2026, 1, 1, 0, 30), "America/New_York", "2025-12-31 19"),
        ("2026-01-01T00:30:00+01:00", "UTC", "2025-12-31 23"),
        ("2026-01-01", "UTC", "2026-01-01 00"),
        (date(2026, 1, 1), "UTC", "2026-01-01 00"),
        (datetime(1, 1, 1), "America/New_York", "0001-01-01 00"),
        (datetime(9999, 12, 31, 23), "Asia/Tokyo", "9999-12-31 23"),
        ("0001-01-01T00:00:00+01:00", "UTC", "null"),
        ("9999-12-31T23:59:59-01:00", "UTC", "null"),
        ("today", "UTC", "null"),
        (None, "UTC", "null"),
        (5, "UTC", "null"),
    ],
)
def test_a_date_as_the_name_of_its_group(value: Any, timezone: str, expected: str) -> None:
    group = Group("at", "YYYY-MM-DD HH", "hour", timezone)
    assert grouped([{"at": value}], [group], present=lambda document: 1, values={}) == {expected: [1]}


def test_documents_are_nested_by_their_keys() -> None:
    documents: list[dict[str, Any]] = [
        {"_id": 1, "a": {"b": "x"}, "c": 1},
        {"_id": 2, "a": {"b": "y"}},
        {"_id": 3, "a": 5, "c": 1},
    ]
    groups = [Group("a.b"), Group("c")]
    ids = grouped(documents, groups, present=lambda document: document["_id"], values={"2": ["x", 1]})
    assert ids == {"x": {"1": [1, 2]}, "null": {"1": [3]}}
    assert grouped([], groups, present=None, values={}) == {}


def test_every_level_has_a_grand_total() -> None:
    query = GroupQuery(engine.Query(), (Group("a"), Group("b")), (Metric("COUNT", "", "COUNT "),), grand_total=True)
    cells: list[Any] = [(["x", "1"], {"n": 1}), (["x", "2"], {"n": 2}), (["y", "1"], {"n": 4})]
    assert query._level(cells, 0, None) == {
        "x": {"1": {"COUNT ": 1}, "2": {"COUNT ": 2}, "$aggregate-grand-total": {"COUNT ": 3}},
        "y": {"1": {"COUNT ": 4}, "$aggregate-grand-total": {"COUNT ": 4}},
        "$aggregate-grand-total": {"COUNT ": 7},
    }


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("pipeline", "q"),
        ("pipeline.0.$match.age.$gt", "q.age.$gt"),
        ("pipeline.1.$group._id.k0", "groupby"),
        ("pipeline.1.$group.s0.$sum", "aggregate"),
        ("sort", "sort"),
    ],
)
def test_an_error_of_the_pipeline_names_its_parameter(field: str, expected: str) -> None:
    assert grouping._of_query(engine.FieldError(field, "No.")) == engine.FieldError(expected, "No.")


def test_a_declared_date_is_a_calendar_date_in_the_name_of_its_group() -> None:
    midnight = datetime(2026, 1, 31)
    assert grouping._presented(midnight, "day", SCHEMA, None) == date(2026, 1, 31)
    assert grouping._presented(midnight, "at", SCHEMA, None) == midnight
    assert grouping._local(midnight, "UTC") == midnight.replace(tzinfo=UTC)
