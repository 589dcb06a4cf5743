"""Aggregation expressions: which operators, variables and paths pass, at which depth, and how large they may be."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import FieldError, TooLarge
from engine.limits import Limits
from engine.query.expressions import (
    ACCUMULATORS,
    DATES,
    EXPRESSIONS,
    WINDOW_OPERATORS,
    ExpressionChecker,
    size_of,
)

PATH = "Must be the path of a field."
DOLLAR = "A field name must not begin with '$'."
NUL = "A field name must not contain NUL."
ONE = "Must be an object of one operator."
INT64 = "The integer does not fit in 64 bits."
NOT_ALLOWED = "The operator {} is not allowed here."
HEX = "507f1f77bcf86cd799439011"


def checker(types: dict[str, str] | None = None, **limits: int) -> ExpressionChecker:
    return ExpressionChecker(limits=Limits(**limits), types=types or {})


def errors_of(raw: Any, types: dict[str, str] | None = None, **limits: int) -> list[tuple[str, str]]:
    checked = checker(types, **limits)
    checked.expression(raw, "e", depth=1)
    return [(error.field, error.message) for error in checked.errors]


@pytest.mark.parametrize(
    ("value", "size"),
    [(None, 1), ("abc", 1), ({}, 1), ([], 1), ([1, 2], 3), ({"a": 1}, 2), ({"a": [{"b": 1}, []]}, 5)],
)
def test_the_parts_of_a_value_are_counted(value: Any, size: int) -> None:
    assert size_of(value) == size


@pytest.mark.parametrize(
    "raw",
    [
        *(None, True, 1.5, "", "text", "a$b", 2**63 - 1, -(2**63), [], {}),
        *("$a", "$a.b.0", "$é.🦉", "$$ROOT", "$$CURRENT.a", "$$NOW", "$$REMOVE", "$$own", "$$aB_1.c"),
        {"a": "$b", "c": {"d": ["$e", 1]}},
        {"$add": ["$a", {"$multiply": [2, "$b"]}]},
        {"$cond": {"if": {"$gt": ["$a", 1]}, "then": "x", "else": "$$REMOVE"}},
        {"$switch": {"branches": [{"case": {"$eq": ["$a", 1]}, "then": 1}], "default": 0}},
        {"$let": {"vars": {"x": "$a"}, "in": "$$x"}},
        {"$literal": {"$where": "$$x", "a.b": ["$"]}},
        {"$meta": "textScore"},
        {"$gt": ["$a", {"$oid": HEX}]},
        {"$regexMatch": {"input": "$a", "regex": "x" * 1000}},
        {"$sortArray": {"input": "$a", "sortBy": {f"f{number}": 1 for number in range(32)}}},
    ],
)
def test_an_expression_passes(raw: Any) -> None:
    assert errors_of(raw) == []


@pytest.mark.parametrize(
    ("raw", "errors"),
    [
        (2**63, [("e", INT64)]),
        ([1, -(2**63) - 1], [("e.1", INT64)]),
        ("$", [("e", PATH)]),
        ("$.a", [("e", PATH)]),
        ("$a..b", [("e", PATH)]),
        ("$a.", [("e", PATH)]),
        ("$a.$b", [("e", DOLLAR)]),
        ("$a\0", [("e", NUL)]),
        ("$$", [("e", "The variable $$ is not allowed here.")]),
        ("$$USER_ROLES.a", [("e", "The variable $$USER_ROLES is not allowed here.")]),
        ("$$Own", [("e", "The variable $$Own is not allowed here.")]),
        *((raw, [("e", PATH)]) for raw in ("$$ROOT.", "$$ROOT..a", "$$own.a.", "$$NOW..")),
        ("$$CURRENT.$a", [("e", DOLLAR)]),
        ("$$own.a\0", [("e", NUL)]),
        ("$$Own..a", [("e", "The variable $$Own is not allowed here.")]),
        ({"$where": "1"}, [("e", NOT_ALLOWED.format("$where"))]),
        ({"$function": {}}, [("e", NOT_ALLOWED.format("$function"))]),
        ({"$push": "$a"}, [("e", NOT_ALLOWED.format("$push"))]),
        ({"$add": [], "$sum": []}, [("e", ONE)]),
        ({"$add": [], "a": 1}, [("e", ONE)]),
        (
            {"a.b": 1, "c\0": 2**63},
            [("e.a.b", "A field name must not contain a dot."), ("e.c\0", NUL), ("e.c\0", INT64)],
        ),
        ({"a": [{"$add": ["$b", {"$rank": {}}]}]}, [("e.a.0.$add.1", NOT_ALLOWED.format("$rank"))]),
        (
            {"$let": {"vars": {"x": {"$where": 1}}, "in": "$"}},
            [("e.$let.vars.x", NOT_ALLOWED.format("$where")), ("e.$let.in", PATH)],
        ),
        ({"$literal": [2**63]}, [("e.$literal", INT64)]),
        ({"$meta": "indexKey"}, [("e.$meta", 'Must be "textScore", behind a $match with $text.')]),
        ({"$oid": "x"}, [("e", "This is not a valid $oid of extended JSON.")]),
        (
            {"$regexFind": {"input": "$a", "regex": "x" * 1001}},
            [("e.$regexFind.regex", "Is longer than 1000 characters (MAX_REGEX_LENGTH).")],
        ),
        (
            {"$sortArray": {"input": "$a", "sortBy": {f"f{number}": 1 for number in range(33)}}},
            [("e.$sortArray.sortBy", "At most 32 fields can be sorted by.")],
        ),
    ],
)
def test_every_error_of_an_expression_is_reported(raw: Any, errors: list[tuple[str, str]]) -> None:
    assert errors_of(raw) == errors


TYPES = {
    "day": "date",
    "owner": "reference",
    "price": "decimal128",
    "data": "binary",
    "at": "timestamp",
    "n": "number",
}


@pytest.mark.parametrize(
    ("raw", "errors"),
    [
        ({"$gt": ["$day", "2024-01-01"]}, [("e.$gt.1", 'Is compared with a date; write it as {"$date": "…"}.')]),
        ({"$eq": ["x", "$owner"]}, [("e.$eq.0", 'Is compared with a reference; write it as {"$oid": "…"}.')]),
        (
            {"$ne": ["$price", ""]},
            [("e.$ne.1", 'Is compared with a decimal128; write it as {"$numberDecimal": "…"}.')],
        ),
        ({"$cmp": ["$data", "x"]}, [("e.$cmp.1", 'Is compared with a binary; write it as {"$binary": "…"}.')]),
        ({"$lt": ["$at", "x"]}, [("e.$lt.1", 'Is compared with a timestamp; write it as {"$date": "…"}.')]),
        ({"$lte": ["$$NOW", "x"]}, [("e.$lte.1", 'Is compared with a datetime; write it as {"$date": "…"}.')]),
        ({"$gt": ["$day", {"$date": "2024-01-01"}]}, []),
        ({"$gt": ["$day", "$n"]}, []),
        ({"$gt": ["$n", "x"]}, []),
        ({"$gt": ["$day.x", "x"]}, []),
        ({"$gt": ["$day", "x", "y"]}, []),
        ({"$add": ["$day", "x"]}, []),
    ],
)
def test_text_is_not_compared_with_a_value_of_another_type(raw: Any, errors: list[tuple[str, str]]) -> None:
    assert errors_of(raw, TYPES) == errors


def test_an_expression_is_no_deeper_than_the_cap() -> None:
    assert errors_of([[["$a"]]], depth=3) == []
    for raw in ([[[[]]]], {"a": {"b": [{}]}}, {"$literal": [[[]]]}):
        with pytest.raises(TooLarge) as caught:
            errors_of(raw, depth=3)
        assert caught.value.message == "It is deeper than 3 levels (MAX_DEPTH)."
    assert caught.value.errors == (FieldError("e.$literal", caught.value.message),)


def test_all_expressions_of_a_request_share_the_cap_of_parts() -> None:
    checked = checker(query_nodes=5)
    checked.expression([1, 2], "a", depth=1)
    checked.expression({"x": 1, "y": 2, "z": "$b"}, "b", depth=1)
    with pytest.raises(TooLarge) as caught:
        checked.expression([1], "c", depth=1)
    assert caught.value.errors == (FieldError("c", "It has more than 5 parts (MAX_QUERY_NODES)."),)


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        ({"$sum": "$a"}, None),
        ({"$sum": {"$add": [1, 2]}}, None),
        ({"$add": [1, 2]}, ("o", NOT_ALLOWED.format("$add"))),
        ({"a": 1}, ("o", NOT_ALLOWED.format("a"))),
        *((raw, ("o", ONE)) for raw in ({}, [], None, "$sum", {"$sum": 1, "$avg": 1})),
        ({"$sum": "$"}, ("o.$sum", PATH)),
    ],
)
def test_exactly_one_operator_of_a_list_is_taken(raw: Any, error: tuple[str, str] | None) -> None:
    checked = checker()
    checked.operator(raw, "o", among=ACCUMULATORS, depth=1)
    assert [(item.field, item.message) for item in checked.errors] == ([error] if error else [])


def test_what_runs_code_or_accumulates_is_no_expression() -> None:
    assert {"$function", "$accumulator", "$where", "$push", "$addToSet", "$top", "$rank"}.isdisjoint(EXPRESSIONS)
    assert {"$sum", "$avg", "$first"} <= EXPRESSIONS & ACCUMULATORS
    assert DATES < EXPRESSIONS
    assert ACCUMULATORS < WINDOW_OPERATORS
