"""Pipelines: nothing outside the allow-lists reaches MongoDB, at any depth; nothing leads out of the database."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import engine
from engine.limits import Limits
from engine.query.expressions import ACCUMULATORS, EXPRESSIONS, WINDOW_OPERATORS
from engine.query.filter import OPERATORS
from engine.query.pipeline import MAX_STAGES, STAGES, compile_pipeline
from engine.schema import TYPES
from engine.schema.declaration import parse_schema
from engine.schema.schema import Schema
from tests.engine.strategies import PLAIN_NAMES, SCALARS, examples, faults, refusal

LIMITS = Limits()
HEX = "507f1f77bcf86cd799439011"
TYPED, _ = parse_schema([{"name": name, "type": name} for name in TYPES], limits=LIMITS)
KNOWN = {"films": ("films_x1", TYPED), "people": ("people_x2", Schema())}
BANNED = (
    *("$out", "$merge", "$function", "$accumulator", "$where", "$collStats", "$currentOp", "$listSessions"),
    *("$listLocalSessions", "$indexStats", "$planCacheStats", "$documents", "$search", "$searchMeta"),
    *(
        "$changeStream",
        "$listSampledQueries",
        "$queryStats",
        "$redact",
        "$fill",
        "$densify",
        "$sampleRate",
    ),
    *("$_internalInhibitOptimization", "$backupCursor", "$shardedDataDistribution", "$", "$OUT", "$out ", "$$ROOT"),
    *("$mergeCursors", "$lookUp", "$toHashedIndexKey", "$jsonSchema", "$comment", "$query"),
)


def compiled(raw: Any) -> list[dict[str, Any]]:
    return compile_pipeline(raw, TYPED, resolve=KNOWN.get, root="pipeline", limits=LIMITS)


def told(raw: Any) -> list[tuple[Any, ...]]:
    return faults(engine.Invalid, compiled, raw)


GOOD: list[list[dict[str, Any]]] = [
    [{"$match": {"a": {"$gt": 1}}}, {"$sort": {"a": -1}}, {"$skip": 1}, {"$limit": 2}],
    [{"$match": {"$expr": {"$gt": ["$a", "$b"]}}}],
    [{"$project": {"a": 1, "b.c": 0, "d": {"$add": ["$a", 1]}, "e": "$$ROOT.f", "g": {"h": "$i"}, "_id": 0}}],
    [{"$set": {"a": {"$cond": [{"$gte": ["$b", 1]}, "x", "y"]}}}, {"$unset": ["b", "c.d"]}, {"$unset": "e"}],
    [{"$group": {"_id": {"y": {"$year": "$at"}}, "n": {"$sum": 1}, "top": {"$push": {"a": "$a"}}}}],
    [{"$group": {"_id": None, "best": {"$topN": {"n": 2, "sortBy": {"a": -1}, "output": "$a"}}}}],
    [{"$bucket": {"groupBy": "$a", "boundaries": [0, 10, 20], "default": "other", "output": {"n": {"$sum": 1}}}}],
    [{"$bucketAuto": {"groupBy": "$a", "buckets": 4}}],
    [{"$count": "n"}],
    [{"$sortByCount": "$a"}],
    [{"$sample": {"size": 3}}],
    [{"$unwind": "$a"}, {"$unwind": {"path": "$b", "includeArrayIndex": "i", "preserveNullAndEmptyArrays": True}}],
    [{"$replaceRoot": {"newRoot": {"$mergeObjects": [{"a": 1}, "$b"]}}}, {"$replaceWith": "$c"}],
    [{"$facet": {"n": [{"$count": "n"}], "first": [{"$sort": {"a": 1}}, {"$limit": 1}]}}],
    [{"$set": {"a": {"$let": {"vars": {"x": "$b"}, "in": {"$multiply": ["$$x", 2]}}}}}],
    [{"$set": {"a": {"$map": {"input": "$b", "as": "x", "in": {"$toUpper": "$$x.name"}}}}}],
    [{"$set": {"a": {"$switch": {"branches": [{"case": {"$eq": ["$a", 1]}, "then": "one"}], "default": "more"}}}}],
    [{"$set": {"a": {"$literal": {"$where": "$out"}}}}],
    [
        {
            "$setWindowFields": {
                "partitionBy": "$a",
                "sortBy": {"b": 1},
                "output": {"c": {"$sum": "$d", "window": {"documents": ["unbounded", "current"]}}},
            }
        }
    ],
]


@pytest.mark.parametrize("raw", GOOD)
def test_what_is_allowed_stays_as_it_is(raw: list[dict[str, Any]]) -> None:
    before = copy.deepcopy(raw)
    assert compiled(raw) == before == raw


def test_collections_become_physical_ones() -> None:
    raw = [
        {"$lookup": {"from": "people", "localField": "a", "foreignField": "b", "as": "c"}},
        {"$lookup": {"from": "films", "let": {"x": "$a"}, "pipeline": [{"$unionWith": "people"}], "as": "d"}},
        {
            "$graphLookup": {
                "from": "people",
                "startWith": "$a",
                "connectFromField": "b",
                "connectToField": "c",
                "as": "e",
            }
        },
        {"$unionWith": {"coll": "films", "pipeline": [{"$match": {"objectid": HEX}}]}},
        {"$facet": {"f": [{"$unionWith": "films"}]}},
    ]
    found = compiled(raw)
    assert [stage["$lookup"]["from"] for stage in found[:2]] == ["people_x2", "films_x1"]
    assert found[1]["$lookup"]["pipeline"] == [{"$unionWith": "people_x2"}]
    assert found[2]["$graphLookup"]["from"] == "people_x2"
    assert found[3]["$unionWith"] == {"coll": "films_x1", "pipeline": [{"$match": {"objectid": ObjectId(HEX)}}]}
    assert found[4] == {"$facet": {"f": [{"$unionWith": "films_x1"}]}}


FROM = "Must name a collection of this database."


@pytest.mark.parametrize(
    "name", ["other", "films_x1", "people_x2", "films_x1.versions", "system.views", "", None, 7, {}, ["films"]]
)
@pytest.mark.parametrize(
    ("stage", "place"),
    [
        ({"$lookup": {"from": "NAME", "localField": "a", "foreignField": "b", "as": "c"}}, "$lookup.from"),
        ({"$lookup": {"from": "NAME", "pipeline": [], "as": "c"}}, "$lookup.from"),
        ({"$graphLookup": {"from": "NAME", "startWith": "$a", "as": "c"}}, "$graphLookup.from"),
        ({"$unionWith": {"coll": "NAME"}}, "$unionWith.coll"),
        ({"$lookup": {"from": "films", "as": "x", "pipeline": [{"$unionWith": {"coll": "NAME"}}]}}, None),
        ({"$facet": {"a": [{"$unionWith": {"coll": "NAME"}}]}}, "$facet.a.0.$unionWith.coll"),
    ],
)
def test_no_other_collection_can_be_named(stage: Any, place: str | None, name: Any) -> None:
    place = place or "$lookup.pipeline.0.$unionWith.coll"
    assert told([planted(stage, "NAME", name)]) == [(f"pipeline.0.{place}", FROM)]


def planted(shape: Any, mark: str, name: Any) -> Any:
    """The shape with a name in the place of a mark, be it a key or a value."""
    if isinstance(shape, dict):
        return {name if key == mark else key: planted(child, mark, name) for key, child in shape.items()}
    if isinstance(shape, list):
        return [planted(child, mark, name) for child in shape]
    return name if shape == mark else shape


STAGE_PLACES = [
    [{"HERE": {}}],
    [{"$match": {}}, {"HERE": "x"}],
    [{"$facet": {"a": [{"HERE": 1}]}}],
    [{"$lookup": {"from": "films", "as": "b", "pipeline": [{"HERE": {}}]}}],
    [{"$unionWith": {"coll": "films", "pipeline": [{"HERE": "x"}]}}],
    [
        {
            "$facet": {
                "a": [{"$lookup": {"from": "films", "as": "b", "pipeline": [{"$unionWith": "films"}, {"HERE": 1}]}}]
            }
        }
    ],
]
EXPRESSION = {"HERE": ["$a"]}
EXPRESSION_PLACES: list[Any] = [
    {"$set": {"a": EXPRESSION}},
    {"$addFields": {"a": {"b": [1, EXPRESSION]}}},
    {"$project": {"a": EXPRESSION}},
    {"$project": {"a": {"$add": [1, EXPRESSION]}}},
    {"$project": {"a": {"$cond": {"if": EXPRESSION, "then": 1, "else": 2}}}},
    {"$project": {"a": {"$map": {"input": "$a", "in": EXPRESSION}}}},
    {"$project": {"a": {"$let": {"vars": {"x": EXPRESSION}, "in": 1}}}},
    {"$project": {"a": {"$switch": {"branches": [{"case": EXPRESSION, "then": 1}]}}}},
    {"$project": {"a": {"$filter": {"input": [], "cond": {"$not": [EXPRESSION]}}}}},
    {"$group": {"_id": EXPRESSION}},
    {"$group": {"_id": 1, "a": {"$sum": EXPRESSION}}},
    {"$group": {"_id": 1, "a": EXPRESSION}},
    {"$group": {"_id": 1, "a": {"$top": {"sortBy": {"a": 1}, "output": EXPRESSION}}}},
    {"$bucket": {"groupBy": EXPRESSION, "boundaries": [1, 2]}},
    {"$bucket": {"groupBy": "$a", "boundaries": [1, EXPRESSION]}},
    {"$bucket": {"groupBy": "$a", "boundaries": [1, 2], "default": EXPRESSION}},
    {"$bucket": {"groupBy": "$a", "boundaries": [1, 2], "output": {"n": EXPRESSION}}},
    {"$bucketAuto": {"groupBy": EXPRESSION, "buckets": 2}},
    {"$sortByCount": EXPRESSION},
    {"$replaceRoot": {"newRoot": EXPRESSION}},
    {"$replaceWith": {"a": EXPRESSION}},
    {"$lookup": {"from": "films", "let": {"x": EXPRESSION}, "pipeline": [], "as": "b"}},
    {"$lookup": {"from": "films", "pipeline": [{"$match": {"$expr": EXPRESSION}}], "as": "b"}},
    {
        "$graphLookup": {
            "from": "films",
            "startWith": EXPRESSION,
            "connectFromField": "a",
            "connectToField": "b",
            "as": "c",
        }
    },
    {"$graphLookup": {"from": "films", "startWith": "$a", "as": "c", "restrictSearchWithMatch": {"a": EXPRESSION}}},
    {"$setWindowFields": {"partitionBy": EXPRESSION, "output": {}}},
    {"$setWindowFields": {"sortBy": {"a": 1}, "output": {"b": EXPRESSION}}},
    {
        "$setWindowFields": {
            "sortBy": {"a": 1},
            "output": {"b": {"$sum": "$a", "window": {"documents": [EXPRESSION, 1]}}},
        }
    },
    {"$unwind": {"path": EXPRESSION}},
    {"$unwind": {"path": "$a", "preserveNullAndEmptyArrays": EXPRESSION}},
    {"$unwind": {"path": "$a", "includeArrayIndex": EXPRESSION}},
    {"$bucketAuto": {"groupBy": "$a", "buckets": EXPRESSION}},
    {"$bucketAuto": {"groupBy": "$a", "buckets": 2, "granularity": EXPRESSION}},
    {"$sample": {"size": EXPRESSION}},
    {"$count": EXPRESSION},
    {"$limit": EXPRESSION},
    {"$sort": {"a": EXPRESSION}},
    {"$unset": EXPRESSION},
    {"$match": EXPRESSION},
    {"$match": {"a": EXPRESSION}},
    {"$match": {"$expr": {"$and": [EXPRESSION]}}},
    {"$facet": {"a": [{"$set": {"b": EXPRESSION}}]}},
]


@pytest.mark.parametrize("shape", STAGE_PLACES, ids=range(len(STAGE_PLACES)))
def test_no_other_stage_at_any_depth(shape: Any) -> None:
    for name in BANNED:
        ((place, text),) = told(planted(shape, "HERE", name))
        assert place.endswith(name)
        assert text == f"The stage {name} is not allowed."


@pytest.mark.parametrize("shape", EXPRESSION_PLACES, ids=range(len(EXPRESSION_PLACES)))
def test_no_other_operator_at_any_depth(shape: Any) -> None:
    assert [name for name in BANNED if not told([planted(shape, "HERE", name)])] == []


@pytest.mark.parametrize("shape", EXPRESSION_PLACES[:24], ids=range(24))
def test_two_operators_in_one_object(shape: Any) -> None:
    two = {"$add": [1, 2], "$where": "x"}
    assert told([replaced(shape, two)])
    assert told([replaced(shape, {"$add": [1, 2], "a": {"$function": {}}})])


def replaced(shape: Any, value: Any) -> Any:
    if shape == EXPRESSION:
        return value
    if isinstance(shape, dict):
        return {key: replaced(child, value) for key, child in shape.items()}
    return [replaced(child, value) for child in shape] if isinstance(shape, list) else shape


@pytest.mark.parametrize(
    "name", ["CLUSTER_TIME", "USER_ROLES", "SEARCH_META", "JS_SCOPE", "ROOTS", "", "Root", "$x"]
)
def test_no_other_variable(name: str) -> None:
    ((place, _),) = told([{"$set": {"a": {"$add": [1, f"$${name}"]}}}])
    assert place == "pipeline.0.$set.a.$add.1"


@pytest.mark.parametrize("name", ["$where", "X", "a.b", "", "CURRENT", "$$ROOT", "a b"])
def test_variables_of_a_lookup(name: str) -> None:
    assert told([{"$lookup": {"from": "films", "let": {name: 1}, "pipeline": [], "as": "b"}}])


@pytest.mark.parametrize(
    "raw",
    [
        *(None, 7, "x", {}, {"$match": {}}, [None], [[]], ["$match"], [{}], [{"$match": {}, "$out": "x"}]),
        *(
            [{"$match": 7}],
            [{"$match": []}],
            [{"$project": []}],
            [{"$group": 7}],
            [{"$sort": []}],
            [{"$sort": {"a": 2}}],
        ),
        *(
            [{"$sort": {"a": True}}],
            [{"$limit": 0}],
            [{"$limit": -1}],
            [{"$group": {"a": {"$sum": 1}}}],
            [{"$limit": 1.5}],
            [{"$limit": True}],
            [{"$limit": 2**31}],
        ),
        *(
            [{"$skip": "1"}],
            [{"$count": ""}],
            [{"$count": "$a"}],
            [{"$count": 7}],
            [{"$sample": 7}],
            [{"$facet": []}],
        ),
        *([{"$facet": {"a": 7}}], [{"$lookup": "films"}], [{"$lookup": {"from": "films", "db": "x", "as": "a"}}]),
        *(
            [{"$unionWith": 7}],
            [{"$unionWith": {"db": "x", "coll": "films"}}],
            [{"$unset": 7}],
            [{"$unset": ["$a"]}],
        ),
        *(
            [{"$unwind": 7}],
            [{"$unwind": {"path": "$a", "x": 1}}],
            [{"$replaceRoot": {"a": 1}}],
            [{"$set": {"$a": 1}}],
        ),
        *([{"$project": {"a.$b": 1}}], [{"$group": {"_id": 1, "a": 7}}], [{"$set": {"a": 2**63}}]),
        *([{"$set": {"a": {"$literal": [2**63]}}}], [{"$bucket": {"groupBy": "$a", "buckets": 2}}]),
        *([{"$merge": {"into": {"db": "admin", "coll": "x"}}}], [{"$out": {"db": "other", "coll": "x"}}]),
        [{"$set": {"a": {"$regexMatch": {"input": "$a", "regex": "x" * 1001}}}}],
    ],
)
def test_what_is_no_pipeline(raw: Any) -> None:
    assert told(raw)


def test_every_fault_is_told() -> None:
    raw = [{"$out": "x"}, {"$set": {"a": {"$function": {}}, "b": "$$CLUSTER_TIME"}}, {"$unionWith": "other"}]
    assert [place for place, _ in told(raw)] == [
        "pipeline.0.$out",
        "pipeline.1.$set.a",
        "pipeline.1.$set.b",
        "pipeline.2.$unionWith",
    ]


def test_operands_are_coerced_while_documents_keep_their_shape() -> None:
    match = {"$match": {"_id": HEX, "date": {"$gt": "2024-01-01"}}}
    kept = [{"$sort": {"a": 1}}, {"$unwind": "$tags"}, {"$limit": 9}]
    assert compiled([*kept, match])[-1]["$match"]["_id"] == ObjectId(HEX)
    for stage in (
        {"$group": {"_id": "$a"}},
        {"$project": {"_id": 0, "a": 1}},
        {"$replaceWith": "$a"},
    ):
        assert compiled([stage, match])[-1] == match
    assert told([{"$match": {"_id": "x"}}])
    ids = [{"$group": {"_id": "$a"}}, {"$match": {"_id": "x"}}]
    assert compiled(ids) == ids
    after_set = compiled([{"$set": {"_id": "x"}}, match])[-1]["$match"]
    assert after_set == {"_id": HEX, "date": {"$gt": datetime(2024, 1, 1)}}


def deep(levels: int) -> Any:
    found: Any = 1
    for _ in range(levels):
        found = {"$abs": found}
    return found


@pytest.mark.parametrize(
    "raw",
    [
        [{"$limit": 1}] * (MAX_STAGES + 1),
        [{"$set": {"a": deep(40)}}],
        [{"$set": {"a": [1] * 2001}}],
        [{"$set": {"a": {"$literal": [1] * 2001}}}],
        [{"$unset": ["a"] * 2001}],
        [{"$sort": {f"f{n}": 1 for n in range(2001)}}],
        [{"$match": {f"f{n}": 1 for n in range(1500)}}, {"$match": {f"f{n}": 1 for n in range(1500)}}],
        [{"$facet": {f"f{n}": [{"$limit": 1}] * 10 for n in range(300)}}],
        [{"$match": {"a": {"$in": [1] * 2001}}}],
    ],
    ids=range(9),
)
def test_caps(raw: Any) -> None:
    assert "MAX_" in refusal(engine.TooLarge, compiled, raw).message or len(raw) > MAX_STAGES


# --- any input ----------------------------------------------------------------------------------------

ALLOWED = {*STAGES, *EXPRESSIONS, *ACCUMULATORS, *WINDOW_OPERATORS, *OPERATORS}
KEYS = st.sampled_from([*ALLOWED, *BANNED]) | st.sampled_from(
    [
        "from",
        "coll",
        "pipeline",
        "as",
        "let",
        "_id",
        "output",
        "path",
        "input",
        "in",
        "vars",
        "cond",
        "groupBy",
        "a",
        "a.b",
    ]
)
LEAVES = SCALARS | st.sampled_from(
    ["films", "people", "$a", "$$ROOT", "$$this", "$$CLUSTER_TIME", "a", "other", 1, 2]
)
PARTS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=2),
    max_leaves=8,
)
LIKELY = st.one_of(
    st.fixed_dictionaries({name: PARTS}) for name in sorted({*STAGES, "$out", "$merge", "$currentOp", "$collStats"})
)
SET = st.fixed_dictionaries({"$set": st.dictionaries(PLAIN_NAMES.filter(bool), PARTS, max_size=2)})
GROUP = st.fixed_dictionaries(
    {
        "$group": st.fixed_dictionaries(
            {"_id": PARTS},
            optional={"n": st.fixed_dictionaries({"$sum": PARTS}), "m": st.dictionaries(KEYS, PARTS, max_size=1)},
        )
    }
)


def dollar_keys(value: Any) -> Iterator[str]:
    """Every key that begins with `$`, but for what a literal holds, which MongoDB does not read."""
    if isinstance(value, dict):
        for key, child in value.items():
            if key.startswith("$"):
                yield key
            if key != "$literal":
                yield from dollar_keys(child)
    elif isinstance(value, list):
        for child in value:
            yield from dollar_keys(child)


@settings(max_examples=examples(120), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(LIKELY | SET | GROUP, max_size=4) | PARTS)
def test_any_input_is_refused_or_becomes_a_pipeline_of_allowed_parts(
    store: engine.Store, shared: str, raw: Any
) -> None:
    try:
        found = compiled(raw)
    except (engine.Invalid, engine.TooLarge) as problem:
        assert problem.errors
        return
    assert set(dollar_keys(found)) <= ALLOWED
    assert {*dollar_keys([{key: 1} for stage in found for key in stage])} <= set(STAGES)
    command = {"aggregate": "films_x1", "pipeline": [*found, {"$limit": 2}], "cursor": {"batchSize": 3}}
    try:
        store.first_batch(shared, command, enough=2)
    except engine.Error as problem:
        # MongoDB has a say in how operators go together; that is the caller's fault, and told in our words.
        assert type(problem) in (engine.Invalid, engine.TooLarge), repr(problem.__cause__)
        assert "films_x1" not in problem.message
