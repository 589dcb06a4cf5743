"""Pipelines and distinct values over real documents: what they give, what they may not, and their caps."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymongo import MongoClient

import engine
from engine import Query
from engine.encoding import plain
from engine.limits import Limits
from engine.read import Distinct
from tests.engine.conftest import Make
from tests.engine.strategies import PLAIN_NAMES, SCALARS, examples, faults, refusal

Mongo = MongoClient[dict[str, Any]]
CANNOT = "MongoDB cannot do this with the documents as they are; check the types and paths."
SALES = [
    {"country": "FI", "amount": 10, "tags": ["a", "b"], "by": "ann"},
    {"country": "FI", "amount": 5, "tags": [], "by": "ben"},
    {"country": "SE", "amount": 7, "tags": ["b"], "by": "ann"},
]
PEOPLE = [{"name": "ann", "team": 1}, {"name": "ben", "team": 2}]


@pytest.fixture
def sales(make: Make, store: engine.Store, database: str) -> engine.Collection:
    """A handle as the database gives it, with a sibling."""
    one, other = make(name="sales"), make(name="people")
    one.insert(SALES)
    other.insert(PEOPLE)
    specs = {"sales": one.spec, "humans": engine.CollectionSpec("humans", "people", other.spec.schema)}
    return engine.Database(store, "id", "name", database, "tester", engine.ALL_ACTIONS, specs).collection("sales")


def test_groups(sales: engine.Collection) -> None:
    group = {"$group": {"_id": "$country", "sum": {"$sum": "$amount"}, "most": {"$max": "$amount"}}}
    assert sales.aggregate([group, {"$sort": {"sum": -1}}]) == [
        {"_id": "FI", "sum": 15, "most": 10},
        {"_id": "SE", "sum": 7, "most": 7},
    ]


def test_a_lookup_names_its_collection_as_the_caller_knows_it(sales: engine.Collection) -> None:
    lookup = {"$lookup": {"from": "humans", "localField": "by", "foreignField": "name", "as": "who"}}
    show = {"$project": {"_id": 0, "by": 1, "team": {"$first": "$who.team"}}}
    found = sales.aggregate([lookup, {"$sort": {"amount": 1}}, show])
    assert found == [{"by": "ben", "team": 2}, {"by": "ann", "team": 1}, {"by": "ann", "team": 1}]
    correlated = {
        "$lookup": {
            "from": "humans",
            "let": {"by": "$by"},
            "pipeline": [{"$match": {"$expr": {"$eq": ["$name", "$$by"]}}}, {"$count": "n"}],
            "as": "who",
        }
    }
    assert [item["who"] for item in sales.aggregate([correlated])] == [[{"n": 1}]] * 3
    told = faults(engine.Invalid, sales.aggregate, [{"$unionWith": "people"}])
    assert told == [("pipeline.0.$unionWith", "Must name a collection of this database.")]


def test_a_union_and_facets(sales: engine.Collection) -> None:
    assert sales.aggregate([{"$unionWith": {"coll": "humans"}}, {"$count": "n"}]) == [{"n": 5}]
    facets = {"$facet": {"n": [{"$count": "n"}], "tags": [{"$unwind": "$tags"}, {"$sortByCount": "$tags"}]}}
    assert sales.aggregate([facets]) == [
        {"n": [{"n": 3}], "tags": [{"_id": "b", "count": 2}, {"_id": "a", "count": 1}]}
    ]


def test_nothing_is_written(sales: engine.Collection, stored: Callable[..., list[dict[str, Any]]]) -> None:
    for stage in ({"$out": "sales"}, {"$merge": {"into": "people"}}, {"$merge": "x"}):
        refusal(engine.Invalid, sales.aggregate, [{"$match": {}}, stage])
    assert (stored("sales"), stored("people")) == (SALES, PEOPLE)


@pytest.mark.parametrize(
    ("stage", "place"),
    [
        ({"$set": {"a": {"$divide": ["$amount", 0]}}}, "$set.a.$divide"),
        ({"$set": {"a": {"$toUpper": {"$toInt": "$country"}}}}, "$set.a.$toUpper.$toInt"),
        ({"$set": {"a": "$$nobody"}}, "$set.a"),
        ({"$set": {"a": {"$dateFromString": {"dateString": "x"}}}}, "$set.a.$dateFromString"),
        ({"$set": {"a": {"$arrayElemAt": ["$country", 0]}}}, "$set.a.$arrayElemAt"),
        ({"$set": {"a": {"$cond": {"if": 1}}}}, "$set.a.$cond"),
        ({"$set": {"a": {"$substrCP": ["$country"]}}}, "$set.a.$substrCP"),
        ({"$project": {"a": 1, "b": 0}}, "$project"),
        ({"$project": {}}, "$project"),
        ({"$bucket": {"groupBy": "$amount", "boundaries": [5, 6]}}, "$bucket"),
        ({"$replaceWith": "$country"}, "$replaceWith"),
        ({"$replaceRoot": {"newRoot": 1}}, "$replaceRoot.newRoot"),
        ({"$sort": {}}, "$sort"),
        ({"$facet": {}}, "$facet"),
        ({"$lookup": {"from": "humans", "as": "x"}}, "$lookup"),
        ({"$lookup": {"from": "humans"}}, "$lookup"),
        ({"$graphLookup": {"from": "humans", "as": "x"}}, "$graphLookup"),
        ({"$match": {"$expr": {"$add": ["x", 1]}}}, "$match.$expr.$add"),
        ({"$match": {"country": {"$regex": "("}}}, "$match.country.$regex"),
        ({"$unwind": "country"}, "$unwind"),
        ({"$setWindowFields": {"output": {"a": {"$rank": {}}}}}, "$setWindowFields.output.a.$rank"),
        ({"$count": "a.b"}, "$count"),
    ],
)
def test_what_mongodb_cannot_do_is_told_in_our_words(sales: engine.Collection, stage: Any, place: str) -> None:
    ((field, text),) = faults(engine.Invalid, sales.aggregate, [{"$match": {}}, stage])
    assert field == f"pipeline.1.{place}"
    assert text == ("The regular expression is not valid." if "$regex" in place else CANNOT)


def test_reading_is_needed(sales: engine.Collection, make: Make) -> None:
    nobody = make(name="sales", allowed=engine.ALL_ACTIONS - {engine.Action.READ})
    refusal(engine.Forbidden, nobody.aggregate, [])
    refusal(engine.Forbidden, nobody.distinct, "a", Query())
    refusal(engine.Forbidden, nobody.explain, Query())


def test_more_documents_than_an_answer_holds(make: Make, store: engine.Store) -> None:
    small = copy.copy(store)
    small.limits = Limits(page_size=5)
    things = make(on=small)
    things.insert([{"n": n} for n in range(6)])
    text = "The pipeline gives more than 5 documents (MAX_PAGE_SIZE); end it with a $limit."
    assert faults(engine.TooLarge, things.aggregate, []) == [("pipeline", text)]
    assert len(things.aggregate([{"$limit": 5}])) == 5
    assert things.distinct("n", Query()) == Distinct([0, 1, 2, 3, 4], truncated=True)
    assert things.distinct("n", Query(filter={"n": {"$gt": 0}})) == Distinct([1, 2, 3, 4, 5], truncated=False)


def test_more_bytes_than_an_answer_holds(make: Make) -> None:
    things = make()
    things.insert([{"text": "x" * 6_000_000} for _ in range(4)])
    told = refusal(engine.TooLarge, things.aggregate, [])
    assert told.message == "The page is larger than 16 MB; ask for fewer documents or fields."
    assert len(things.aggregate([{"$project": {"a": {"$strLenCP": "$text"}}}])) == 4


def test_more_memory_than_a_stage_may_take(make: Make) -> None:
    things = make()
    for n in range(12):
        things.insert([{"text": f"{n}" + "x" * 10_000_000}])
    for hungry in ([{"$group": {"_id": "$text"}}, {"$count": "n"}], [{"$set": {"a": {"$range": [0, 10**9]}}}]):
        told = refusal(engine.TooLarge, things.aggregate, hungry)
        assert told.message == "The request touches more than MongoDB can do at once; narrow it."


def test_more_time_than_there_is(make: Make, store: engine.Store) -> None:
    hasty = copy.copy(store)
    hasty.limits = Limits(query_seconds=0.5)
    things = make(on=hasty)
    things.insert([{"n": n} for n in range(3000)])
    never = {"$match": {"$expr": {"$lt": ["$n", {"$subtract": ["$$n", 1_000_000]}]}}}
    joined = {"$lookup": {"from": "things", "let": {"n": "$n"}, "pipeline": [never], "as": "x"}}
    known = replace(things, siblings={"things": things.spec})
    told = refusal(engine.TimedOut, known.aggregate, [joined, {"$match": {"x": {"$ne": []}}}])
    assert "(QUERY_TIMEOUT)" in told.message


# --- distinct -----------------------------------------------------------------------------------------

VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.fixed_dictionaries({"b": inner}), max_leaves=6
)


@settings(max_examples=examples(40), deadline=None)
@given(
    documents=st.lists(st.fixed_dictionaries({}, optional={"a": VALUES}), max_size=6),
    field=st.sampled_from(["a", "a.b", "a.b.b", "a.0", "a.1.b", "a.b.0"]),
)
def test_distinct_is_mongodbs_distinct(
    mongo: Mongo, shared: str, store: engine.Store, documents: list[dict[str, Any]], field: str
) -> None:
    collection = mongo[shared]["distinct"]
    collection.drop()
    if documents:
        collection.insert_many([{**document} for document in documents])
    spec = engine.CollectionSpec("distinct", "distinct", engine.Schema())
    things = engine.Collection(store, shared, spec, "tester", engine.ALL_ACTIONS)
    found = things.distinct(field, Query())
    expected = collection.distinct(field)
    assert len(found.values) == len(expected)
    assert all(value in found.values for value in expected)
    assert not found.truncated


def test_distinct_values_of_what_matches(sales: engine.Collection) -> None:
    assert sales.distinct("tags", Query()).values == ["a", "b"]
    assert sales.distinct("by", Query(filter={"country": "SE"})).values == ["ann"]
    assert sales.distinct("nothing", Query()).values == []
    assert faults(engine.Invalid, sales.distinct, "$by", Query()) == [
        ("field", "A field name must not begin with '$'.")
    ]


@given(
    st.dictionaries(PLAIN_NAMES.filter(lambda name: name and "." not in name), st.just(1), min_size=1, max_size=2)
)
@settings(max_examples=examples(30), deadline=None)
def test_distinct_of_odd_names(mongo: Mongo, shared: str, store: engine.Store, document: dict[str, Any]) -> None:
    mongo[shared]["odd"].drop()
    mongo[shared]["odd"].insert_one({**document})
    spec = engine.CollectionSpec("odd", "odd", engine.Schema())
    things = engine.Collection(store, shared, spec, "tester", engine.ALL_ACTIONS)
    for name in document:
        if not name.isdecimal():
            assert things.distinct(name, Query()).values == [1]


def test_infinity_and_nan_are_text_as_those_of_decimals(make: Make) -> None:
    things = make()
    things.insert([{"n": 1e308, "g": 1}, {"n": 1.5e308, "g": 2}, {"n": 1, "g": 3}])
    project = {
        "up": {"$multiply": ["$n", 10]},
        "down": {"$multiply": ["$n", -10]},
        "in": [{"nan": {"$toDouble": "NaN"}}, {"$toDecimal": "NaN"}],
        "_id": 0,
    }
    rows = things.aggregate([{"$match": {"g": {"$lt": 3}}}, {"$project": project}])
    expected = {"up": "Infinity", "down": "-Infinity", "in": [{"nan": "NaN"}, "NaN"]}
    assert [plain(row) for row in rows] == [expected, expected]
    sums = things.aggregate([{"$group": {"_id": None, "sum": {"$sum": "$n"}, "avg": {"$avg": "$n"}}}])
    assert sums == [{"_id": None, "sum": "Infinity", "avg": "Infinity"}]
    keys = {"$switch": {"branches": [{"case": {"$eq": ["$g", 1]}, "then": {"$toDouble": "NaN"}}], "default": "$up"}}
    stages = [{"$set": {"up": {"$multiply": ["$n", 10]}}}, {"$group": {"_id": keys}}, {"$sort": {"_id": 1}}]
    assert [row["_id"] for row in things.aggregate(stages)] == ["NaN", 10, "Infinity"]


def test_a_calendar_date_stays_one(make: Make) -> None:
    things = make({"name": "day", "type": "date"})
    things.insert([{"day": "2024-02-29"}, {"day": "2024-02-29"}, {"day": None}])
    assert plain(things.distinct("day", Query()).values) == [None, "2024-02-29"]
