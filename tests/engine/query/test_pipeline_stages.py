"""Stages of a pipeline that nest no other pipeline: their members, and every error of them."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import TooLarge
from engine.limits import Limits
from engine.query.pipeline_stages import StageChecker
from engine.schema.schema import Schema

OBJECT = "Must be an object."
PATH = "Must be the path of a field."
WHOLE = "Must be a whole number that is not negative."
DOLLAR = "A field name must not begin with '$'."
ONE = "Must be an object of one operator."
NOT_ALLOWED = "The operator {} is not allowed here."
BUCKET = "Is not one of groupBy, boundaries, default, output."


def errors_of(name: str, raw: Any, **limits: int) -> list[tuple[str, str]]:
    checker = StageChecker(limits=Limits(**limits))
    assert getattr(checker, name)(raw, "s", schema=Schema(), depth=1) is raw
    return [(error.field, error.message) for error in checker.errors]


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        *(("_shape", raw) for raw in ({}, {"a": 1, "b.c": False}, {"a": {"$add": ["$b", 1]}, "é": "$$ROOT"})),
        *(("_group", raw) for raw in ({"_id": None}, {"_id": {"y": {"$year": "$at"}}, "n": {"$sum": 1}})),
        ("_bucket", {"groupBy": "$a", "boundaries": [0, 10], "default": "x", "output": {"n": {"$sum": 1}}}),
        ("_bucket_auto", {"groupBy": "$a", "buckets": 5, "granularity": "R5", "output": {"n": {"$push": "$a"}}}),
        *(("_sort", raw) for raw in ({}, {"a": 1, "b.c": -1}, {f"f{number}": 1 for number in range(32)})),
        *(("_unset", raw) for raw in ("a", "a.b", ["a", "b"], [])),
        *(("_whole", raw) for raw in (0, 2**31 - 1)),
        ("_limit", 1),
        ("_count", "n"),
        ("_expression_stage", {"$first": "$a"}),
        ("_sample", {"size": 3}),
        *(("_unwind", raw) for raw in ("$a.b", {"path": "$a"})),
        ("_unwind", {"path": "$a", "includeArrayIndex": "i", "preserveNullAndEmptyArrays": False}),
        ("_replace_root", {"newRoot": {"$mergeObjects": ["$a", {"b": 1}]}}),
    ],
)
def test_a_well_formed_stage_has_no_errors(name: str, raw: Any) -> None:
    assert errors_of(name, raw) == []


@pytest.mark.parametrize(
    "name", ["_shape", "_group", "_bucket", "_bucket_auto", "_sort", "_sample", "_unwind", "_replace_root"]
)
@pytest.mark.parametrize("raw", [None, 1, True, []])
def test_a_stage_is_an_object(name: str, raw: Any) -> None:
    assert errors_of(name, raw) == [("s", OBJECT)]


@pytest.mark.parametrize(
    ("name", "raw", "errors"),
    [
        (
            "_shape",
            {"$a": 1, "b..c": "$"},
            [("s.$a", DOLLAR), ("s.b..c", "A field name must not be empty."), ("s.b..c", PATH)],
        ),
        ("_group", {}, [("s._id", "Required: what to group by, or null for all documents.")]),
        ("_group", {"_id": "$", "n": {"$add": [1]}}, [("s._id", PATH), ("s.n", NOT_ALLOWED.format("$add"))]),
        ("_group", {"_id": 1, "$n": {"$sum": 1}, "m": "$a"}, [("s.$n", DOLLAR), ("s.m", ONE)]),
        ("_group", {"_id": 1, "n": {"$rank": {}}}, [("s.n", NOT_ALLOWED.format("$rank"))]),
        ("_bucket", {"group": "$a", "buckets": 1}, [("s.buckets", BUCKET), ("s.group", BUCKET)]),
        ("_bucket", {"groupBy": "$"}, [("s.groupBy", PATH)]),
        ("_bucket", {"output": []}, [("s.output", OBJECT)]),
        (
            "_bucket",
            {"output": {"a.": {"$where": 1}}},
            [("s.output.a.", PATH), ("s.output.a.", NOT_ALLOWED.format("$where"))],
        ),
        ("_bucket_auto", {"groupBy": "$a"}, [("s.buckets", WHOLE)]),
        (
            "_bucket_auto",
            {"buckets": -1, "granularity": 5},
            [("s.buckets", WHOLE), ("s.granularity", "Must be text.")],
        ),
        ("_bucket_auto", {"default": 1}, [("s.default", "Is not one of groupBy, buckets, granularity, output.")]),
        ("_sort", {"a": 0, "b": "1", "c": True, "d": 1.0}, [(f"s.{name}", "Must be 1 or -1.") for name in "abcd"]),
        ("_sort", {"$a": 1}, [("s.$a", DOLLAR)]),
        ("_sort", {f"f{number}": 1 for number in range(33)}, [("s", "At most 32 fields can be sorted by.")]),
        ("_unset", ["a", "", 5, "$b"], [("s", PATH), ("s", PATH), ("s", DOLLAR)]),
        ("_unset", {"a": 1}, [("s", PATH)]),
        *(("_whole", raw, [("s", WHOLE)]) for raw in (-1, 2**31, 1.0, True, "1", None)),
        ("_limit", 0, [("s", "Must be at least 1.")]),
        ("_limit", -1, [("s", WHOLE)]),
        *(("_count", raw, [("s", PATH)]) for raw in ("", None, 1, "a.", [])),
        ("_count", "$n", [("s", DOLLAR)]),
        ("_expression_stage", {"$where": 1}, [("s", NOT_ALLOWED.format("$where"))]),
        ("_sample", {}, [("s.size", WHOLE)]),
        ("_sample", {"size": 1, "n": 1}, [("s.n", "Is not one of size.")]),
        ("_unwind", "$a..b", [("s", PATH)]),
        (
            "_unwind",
            {"path": "$", "includeArrayIndex": "$i", "preserveNullAndEmptyArrays": 1},
            [
                ("s.path", PATH),
                ("s.includeArrayIndex", DOLLAR),
                ("s.preserveNullAndEmptyArrays", "Must be true or false."),
            ],
        ),
        ("_unwind", {"x": 1}, [("s.x", "Is not one of path, includeArrayIndex, preserveNullAndEmptyArrays.")]),
        ("_replace_root", {"newRoot": "$$X"}, [("s.newRoot", "The variable $$X is not allowed here.")]),
        ("_replace_root", {"root": "$a"}, [("s.root", "Is not one of newRoot.")]),
    ],
)
def test_every_error_of_a_stage_is_reported(name: str, raw: Any, errors: list[tuple[str, str]]) -> None:
    assert errors_of(name, raw) == errors


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("_shape", {"a": 1, "b": 1, "c": 1}),
        ("_group", {"_id": 1, "b": {"$sum": 1}, "c": {"$sum": 1}}),
        ("_bucket", {"output": {"a": {"$sum": 1}, "b": {"$sum": 1}, "c": {"$sum": 1}}}),
        ("_sort", {"a": 1, "b": 1, "c": 1}),
        ("_unset", ["a", "b", "c"]),
    ],
)
def test_the_members_of_a_stage_count_against_the_cap(name: str, raw: Any) -> None:
    assert errors_of(name, raw, query_nodes=3) == []
    with pytest.raises(TooLarge, match=r"^It has more than 2 parts \(MAX_QUERY_NODES\)\.$"):
        errors_of(name, raw, query_nodes=2)
