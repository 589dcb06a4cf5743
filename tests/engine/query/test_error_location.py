"""The places in a request that MongoDB's refusals are about."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from engine import Change, Delete, Query, Update
from engine.indexes import NewIndex
from engine.update import Operators
from engine.write import Bulk
from tests.engine.conftest import Make
from tests.engine.strategies import faults

CANNOT = "MongoDB cannot do this with the documents as they are; check the types and paths."
PATTERN = "The regular expression is not valid."
NO_TEXT = "A search for text needs a text index, and the collection has none."
ELSEWHERE = " (Here, or at another of the listed places.)"
ODD = {"$gt": [{"$add": ["$word", 1]}, 1]}


@pytest.fixture(params=[False, True], ids=["plain", "with history"])
def things(make: Make, request: pytest.FixtureRequest) -> engine.Collection:
    made = make(history=request.param)
    made.insert([{"word": "secret", "n": 1, "list": [1, 2], "deep": {"k": 1}, "objects": [{"v": "q"}]}])
    return made


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"$inc": {"n": 1, "word": 1}}, "$inc.word"),
        ({"$mul": {"deep": 2}, "$inc": {"n": 1}}, "$mul.deep"),
        ({"$inc": {"objects.0.v": 1}, "$set": {"v": 1}}, "$inc.objects.0.v"),
        ({"$inc": {"deep.k.z": 1}}, "$inc.deep.k.z"),
        ({"$push": {"word": 1}, "$addToSet": {"list": 1}}, "$push.word"),
        ({"$push": {"list": 1}, "$addToSet": {"word": 1}}, "$addToSet.word"),
        ({"$push": {"word": {"$each": [1], "$sort": 1}}}, "$push.word"),
        ({"$pop": {"word": 1, "list": 1}}, "$pop.word"),
        ({"$pull": {"n": {"$gt": 2}}}, "$pull"),
        ({"$set": {"word.b": 1}, "$inc": {"n": 1}}, "$set.word.b"),
        ({"$set": {"list.k": 1}}, "$set.list.k"),
        ({"$min": {"word.b": 2}}, "$min.word.b"),
        ({"$currentDate": {"word.b": True}}, "$currentDate.word.b"),
        ({"$rename": {"list.0": "q"}}, "$rename.list.0"),
        ({"$rename": {"word.b": "q"}}, "$rename.word.b"),
    ],
)
def test_of_a_change(things: engine.Collection, change: dict[str, Any], place: str) -> None:
    expected = [(f"change.{place}", CANNOT)]
    operation = Update(Query({"n": 1}), Operators(change, root="change"))
    assert faults(engine.Invalid, things.write, operation) == expected
    assert faults(engine.Invalid, things.preview, operation) == expected
    bulk = Bulk([Delete(Query({"n": 2})), operation])
    assert faults(engine.Invalid, bulk.run, things) == [(*expected[0], 1)]
    done, problem = Bulk(bulk.operations, ordered=False).run(things)
    assert [(fault.field, fault.message, fault.index) for fault in problem.errors] == [(*expected[0], 1)]
    assert done.count == 0
    assert things.find(Query()).documents[0]["_sys"]["version"] == 1


def test_of_plain_values(things: engine.Collection) -> None:
    document = things.find(Query()).documents[0]
    query, change = Query({"_id": str(document["_id"])}), Change({"n": 2, "word.b": 1})
    assert faults(engine.Invalid, things.change, query, change) == [("update_data.word.b", CANNOT)]
    assert things.find(Query()).documents == [document]


QUERIES = [
    ({"$expr": ODD}, "filters.$expr.$gt.0.$add", CANNOT),
    ({"n": 1, "$or": [{"word": {"$regex": "("}}]}, "filters.$or.0.word.$regex", PATTERN),
    ({"$text": {"$search": "x"}}, "filters.$text", NO_TEXT),
]


@pytest.mark.parametrize(("filter", "place", "text"), QUERIES)
def test_of_a_query(things: engine.Collection, filter: dict[str, Any], place: str, text: str) -> None:
    query = Query(filter)
    asked = [(things.find, query), (things.explain, query), (things.distinct, "n", query), (things.delete, query)]
    asked += [(things.delete_returning_ids, query), (things.update, query, Change({"n": 2}))]
    if things.spec.history and text is not NO_TEXT:
        asked.append((things.history.search, query))
    told = {call.__name__: faults(engine.Invalid, call, *given) for call, *given in asked}
    assert told == dict.fromkeys(told, [(place, text)])
    assert things.count() == 1


def test_of_a_query_as_of_a_time(things: engine.Collection) -> None:
    if things.spec.history:
        moment = things.find(Query()).documents[0]["_sys"]["updated"]
        for filter, place, text in QUERIES[:2]:
            told = faults(engine.Invalid, things.history.as_of, Query(filter), moment)
            assert told == [(place, text)]


@pytest.mark.parametrize(
    ("pipeline", "place"),
    [
        ([{"$match": {}}, {"$set": {"a": {"$divide": [1, 0]}}}], "1.$set.a.$divide"),
        ([{"$set": {"a": {"$sum": ["$n", {"$add": ["$word", 1]}]}}}], "0.$set.a.$sum.1.$add"),
        ([{"$project": {"a": {"$toInt": "$word"}}}], "0.$project.a.$toInt"),
        ([{"$project": {"a": {"$year": "$word"}}}], "0.$project.a.$year"),
        ([{"$project": {"a": {"$cond": [1, 2]}}}], "0.$project.a.$cond"),
        ([{"$project": {"a": {"$let": {"vars": {"q": 1}, "in": ["$$q", "$$zz.a"]}}}}], "0.$project.a.$let.in.1"),
        ([{"$bucket": {"groupBy": "$n", "boundaries": [5, 6]}}], "0.$bucket"),
        ([{"$sort": {}}], "0.$sort"),
        ([{"$facet": {"f": [{"$match": {"$expr": ODD}}]}}], "0.$facet.f.0.$match.$expr.$gt.0.$add"),
        ([{"$limit": 1}, {"$replaceWith": "$word"}], "1.$replaceWith"),
        ([{"$limit": 1}, {"$count": "_id"}], ""),
    ],
)
def test_of_a_pipeline(make: Make, pipeline: list[dict[str, Any]], place: str) -> None:
    things = make(name="things")
    things.insert([{"word": "secret", "n": 1}])
    expected = [(f"pipeline.{place}" if place else "pipeline", CANNOT)]
    assert faults(engine.Invalid, things.aggregate, pipeline) == expected


@pytest.mark.parametrize("before", [0, 2])
def test_of_new_documents(make: Make, before: int) -> None:
    things = make(name="things")
    things.indexes.create(NewIndex([("a", 1), ("text", "text")]))
    batch = [*[{"a": 1}] * before, {"a": [1, 2]}]
    assert faults(engine.Invalid, things.insert, batch) == [("a", CANNOT, before)]
    other = make(name="others")
    other.indexes.create(NewIndex([("a", 1), ("b", 1)]))
    batch = [*[{"a": 1}] * before, {"a": [1, 2], "b": [1]}]
    ((field, text, index),) = faults(engine.Invalid, other.insert, batch)
    assert (field in "ab", text, index) == (True, CANNOT, before)
    assert (things.count(), other.count()) == (0, 0)


def test_of_a_very_long_value(make: Make) -> None:
    things = make(name="things")
    things.insert([{"word": "the part (a " * 300_000}])
    told = faults(engine.Invalid, things.aggregate, [{"$set": {"a": {"$toInt": "$word"}}}])
    assert told == [("pipeline.0.$set.a.$toInt", CANNOT)]


def test_of_places_that_mongodb_does_not_tell_apart(things: engine.Collection) -> None:
    filter = {"$or": [{"word": {"$regex": "("}}, {"word": {"$regex": "a"}}]}
    places = ["filters.$or.0.word.$regex", "filters.$or.1.word.$regex"]
    expected = [(place, PATTERN + ELSEWHERE) for place in places]
    assert faults(engine.Invalid, things.find, Query(filter)) == expected
    many = {"$or": [{"word": {"$regex": "("}}] * 20}
    assert len(faults(engine.Invalid, things.find, Query(many))) == 10


def test_of_an_index(things: engine.Collection) -> None:
    partial = {"$or": [{"n": {"$gt": 1}}, {"n": {"$not": {"$gt": 5}}}]}
    told = faults(engine.Invalid, things.indexes.create, NewIndex([("n", 1)], partial=partial))
    assert told == [("partial_filter.$or.1.n.$not.$gt", CANNOT)]
    told = faults(engine.Invalid, things.indexes.create, NewIndex([("n", 1)], partial={"$expr": ODD}))
    assert told == [("partial_filter.$expr.$gt.0.$add", CANNOT)]
    assert faults(engine.Invalid, things.indexes.create, NewIndex([("word", "2dsphere")])) == [("keys", CANNOT)]
