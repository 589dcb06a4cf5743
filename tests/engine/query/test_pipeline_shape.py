"""Fields keep their types through stages that leave them alone; text never misses a date silently."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import engine
from engine import Query
from engine.limits import Limits
from engine.query.pipeline import compile_pipeline
from engine.schema.declaration import parse_schema
from engine.schema.schema import Schema
from tests.engine.conftest import Make

FIELDS = (
    {"name": "t", "type": "datetime"},
    {"name": "day", "type": "date"},
    {"name": "price", "type": "decimal128"},
    {"name": "ref", "type": "reference", "collection": "things"},
    {"name": "s", "type": "string"},
)
LATE = {"t": {"$gte": "2023-01-01"}}
DOCUMENTS = [
    {"t": "2022-05-01T00:00:00Z", "day": "2022-05-01", "price": "1.50", "s": "a", "tags": ["x"]},
    {"t": "2023-05-01T00:00:00Z", "day": "2023-05-01", "price": "2.50", "s": "b", "tags": ["y"]},
]


@pytest.fixture
def things(make: Make) -> engine.Collection:
    found = make(*FIELDS)
    found.insert(DOCUMENTS)
    return replace(found, siblings={"things": found.spec})


@pytest.mark.parametrize(
    "stages",
    [
        [{"$addFields": {"z": 1}}, {"$match": LATE}],
        [{"$set": {"z": "$t"}}, {"$match": {"z": {"$gte": "2023-01-01"}}}],
        [{"$unset": "z"}, {"$match": LATE}],
        [{"$unset": ["tags", "z"]}, {"$match": LATE}],
        [{"$setWindowFields": {"sortBy": {"t": 1}, "output": {"n": {"$documentNumber": {}}}}}, {"$match": LATE}],
        [
            {"$setWindowFields": {"output": {"last": {"$max": "$t"}}}},
            {"$match": {"last": {"$gte": "2023-01-01"}, **LATE}},
        ],
        [{"$unwind": {"path": "$tags", "includeArrayIndex": "i"}}, {"$match": LATE}],
        [{"$project": {"t": 1, "s": 1}}, {"$match": LATE}],
        [{"$project": {"tags": 0}}, {"$match": LATE}],
        [{"$project": {"when": "$t", "s": 1}}, {"$match": {"when": {"$gte": "2023-01-01"}}}],
        [{"$group": {"_id": "$t", "s": {"$first": "$s"}}}, {"$match": {"_id": {"$gte": "2023-01-01"}}}],
        [{"$group": {"_id": {"d": "$day"}, "s": {"$first": "$s"}}}, {"$match": {"_id.d": "2023-05-01"}}],
        [{"$group": {"_id": "$s", "s": {"$first": "$s"}, "t": {"$max": "$t"}}}, {"$match": LATE}],
        [
            {"$group": {"_id": "$s", "d": {"$push": "$$ROOT"}}},
            {"$match": {"d.t": {"$gte": "2023-01-01"}}},
            {"$set": {"s": "$_id"}},
        ],
        [{"$replaceRoot": {"newRoot": {"s": "$s", "t": "$t"}}}, {"$match": LATE}],
        [{"$replaceWith": "$$ROOT"}, {"$match": LATE}],
        [
            {"$facet": {"a": [{"$match": LATE}]}},
            {"$unwind": "$a"},
            {"$match": {"a.t": {"$gte": "2023-01-01"}}},
            {"$replaceWith": "$a"},
        ],
        [{"$set": {"m": {"$dateTrunc": {"date": "$t", "unit": "month"}}}}, {"$match": {"m": "2023-05-01"}}],
        [{"$match": {"$expr": {"$gte": ["$t", {"$date": "2023-01-01T00:00:00Z"}]}}}],
        [{"$match": {"t": {"$gte": {"$date": "2023-01-01"}}}}],
        [{"$set": {"new": {"$gte": ["$t", {"$date": "2023-01-01"}]}}}, {"$match": {"new": True}}],
        [{"$addFields": {"z": 1}}, {"$match": {"price": {"$gt": "2"}}}],
        [{"$match": {"$expr": {"$gt": ["$price", {"$numberDecimal": "2"}]}}}],
        [
            {"$lookup": {"from": "things", "localField": "s", "foreignField": "s", "as": "o"}},
            {"$match": {"o.t": {"$gte": "2023-01-01"}, **LATE}},
        ],
        [
            {
                "$lookup": {
                    "from": "things",
                    "localField": "s",
                    "foreignField": "s",
                    "pipeline": [{"$set": {"u": "$t"}}],
                    "as": "o",
                }
            },
            {"$match": {"o.u": {"$gte": "2023-01-01"}}},
        ],
    ],
)
def test_a_field_that_a_stage_leaves_alone_is_compared_as_declared(
    things: engine.Collection, stages: list[dict[str, Any]]
) -> None:
    found = things.aggregate(stages)
    assert [item["s"] for item in found] == ["b"]


@pytest.mark.parametrize(
    "stages", [[{"$addFields": {"z": 1}}], [{"$unset": "s"}], [{"$project": {"t": 1}}], [{"$unionWith": "things"}]]
)
def test_ids_stay_ids(things: engine.Collection, stages: list[dict[str, Any]]) -> None:
    (first, *_) = things.find(Query()).documents
    found = things.aggregate([*stages, {"$match": {"_id": str(first["_id"])}}])
    assert {item["_id"] for item in found} == {first["_id"]}


def test_a_union_keeps_what_both_declare(things: engine.Collection) -> None:
    found = things.aggregate([{"$unionWith": "things"}, {"$match": LATE}])
    assert [item["s"] for item in found] == ["b", "b"]


def schema(*fields: dict[str, Any]) -> Schema:
    found, errors = parse_schema([*fields], limits=Limits())
    assert not errors
    return found


@pytest.mark.parametrize(
    ("stages", "place"),
    [
        ([{"$set": {"t": {"$toDate": "$s"}}}, {"$match": {"t": "x"}}], "pipeline.1.$match.t"),
        ([{"$unionWith": "texts"}, {"$match": LATE}], "pipeline.1.$match.t.$gte"),
        ([{"$match": {"$expr": {"$gt": ["$t", "2023-01-01"]}}}], "pipeline.0.$match.$expr.$gt.1"),
        ([{"$set": {"z": 1}}, {"$project": {"x": {"$lt": ["2023-01-01", "$t"]}}}], "pipeline.1.$project.x.$lt.0"),
        ([{"$match": {"$expr": {"$eq": ["$_id", "60c72b2f9b1d8b1a2d3e4567"]}}}], "pipeline.0.$match.$expr.$eq.1"),
        ([{"$match": {"x": {"$gt": {"$date": "yesterday"}}}}], "pipeline.0.$match.x.$gt"),
        ([{"$set": {"x": {"$date": 5.5}}}], "pipeline.0.$set.x"),
        ([{"$set": {"x": {"$numberDecimal": "NaN"}}}], "pipeline.0.$set.x"),
    ],
)
def test_text_against_a_date_is_refused(stages: list[dict[str, Any]], place: str) -> None:
    others = {"texts": ("texts", schema({"name": "t", "type": "string"}))}
    with pytest.raises(engine.Invalid) as problem:
        compile_pipeline(stages, schema(*FIELDS), resolve=others.get, root="pipeline", limits=Limits())
    assert [error.field for error in problem.value.errors] == [place]


def test_what_is_overwritten_is_compared_as_it_is(things: engine.Collection) -> None:
    for stages in (
        [{"$set": {"t": "text"}}, {"$match": {"t": "text"}}],
        [{"$project": {"t": {"$toString": "$t"}}}, {"$match": {"t": {"$regex": "^202"}}}],
        [{"$group": {"_id": "$s"}}, {"$match": {"_id": {"$gte": "a"}}}],
        [{"$set": {"t.inner": "x"}}, {"$match": {"t.inner": "x"}}],
        [{"$set": {"l": {"$literal": {"$date": "x"}}}}, {"$match": {"s": {"$gte": "a"}}}],
    ):
        assert len(things.aggregate(stages)) == 2


def test_a_date_literal_in_a_filter(make: Make) -> None:
    things = make(*FIELDS)
    things.insert(DOCUMENTS)
    assert things.find(Query({"t": {"$in": [{"$date": "2023-05-01T00:00:00Z"}]}})).total == 1
    assert things.find(Query({"t": {"$date": "2023-05-01T02:00:00+02:00"}})).total == 1
    first = things.find(Query()).documents[0]["_id"]
    assert things.find(Query({"_id": {"$oid": str(first)}})).total == 1
    with pytest.raises(engine.Invalid):
        things.find(Query({"t": {"$oid": str(first)}}))
