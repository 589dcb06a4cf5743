"""Version history of a collection: pages, searches, past states, differences, restoring, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

import engine
from engine import Action
from engine.context import now
from engine.history import ABSENT
from engine.history.history import Difference, differences
from engine.query.query import Query
from engine.update.change import Change
from tests.engine.conftest import Make

FIELDS = ({"name": "n", "type": "number"}, {"name": "tags", "type": "array"})


@pytest.fixture
def things(make: Make) -> engine.Collection:
    return make(*FIELDS, history=True)


@pytest.fixture
def thing(things: engine.Collection) -> ObjectId:
    """Return the id of a document of four versions, whose `n` are 1 to 4."""
    (id,) = things.insert([{"n": 1}])
    for number in (2, 3, 4):
        things.change(Query({"_id": id}), Change({"n": number}))
    return ObjectId(id)


def versions_of(page: Any) -> list[int]:
    return [item["_sys"]["version"] for item in page.documents]


def test_pages_of_versions(things: engine.Collection, thing: ObjectId) -> None:
    cases = [(0, 9, [4, 3, 2, 1], False), (0, 4, [4, 3, 2, 1], False), (0, 3, [4, 3, 2], True), (3, 3, [1], False)]
    for skip, limit, versions, has_more in [*cases, (9, 3, [], False)]:
        page = things.history.of_document(thing, skip=skip, limit=limit)
        assert (versions_of(page), page.has_more) == (versions, has_more)
    with pytest.raises(engine.NotFound, match="There is no document"):
        things.history.of_document(ObjectId(), skip=0, limit=9)


def test_one_version(things: engine.Collection, thing: ObjectId) -> None:
    assert [things.history.version(thing, number)["n"] for number in (1, 3, 4)] == [1, 3, 4]
    for number in (0, 5, -1):
        with pytest.raises(engine.NotFound, match=f"has no version {number}"):
            things.history.version(thing, number)


def test_a_search_over_all_versions(things: engine.Collection, thing: ObjectId) -> None:
    things.delete(Query({"_id": str(thing)}))
    page = things.history.search(Query({"n": {"$gte": 2}}, limit=2))
    assert ([item["n"] for item in page.documents], page.has_more) == ([4, 3], True)
    assert [item["n"] for item in things.history.search(Query({"n": {"$gte": 2}}, skip=2)).documents] == [2]
    assert things.history.search(Query({"n": 9})).documents == []


@pytest.mark.parametrize(
    ("filter", "places"),
    [
        ({"$text": {"$search": "a"}}, ["filters.$text"]),
        ({"$and": [{"n": 1}, {"$text": {"$search": "a"}}]}, ["filters.$and.1.$text"]),
        ({"at": {"$near": [1, 2]}}, ["filters.at.$near"]),
    ],
)
def test_operators_that_need_an_index(things: engine.Collection, filter: dict[str, Any], places: list[str]) -> None:
    with pytest.raises(engine.Invalid) as refused:
        things.history.search(Query(filter))
    assert [error.field for error in refused.value.errors] == places


def test_a_collection_without_history(make: Make) -> None:
    with pytest.raises(engine.Invalid, match="keeps no history"):
        _ = make(*FIELDS).history


def test_the_collection_at_a_time(things: engine.Collection) -> None:
    names = things.insert([{"n": 1}, {"n": 2}, {"n": 3}])
    then = now() + timedelta(milliseconds=1)
    while now() <= then:
        pass
    things.delete(Query({"_id": names[0]}))
    things.change(Query({"_id": names[1]}), Change({"n": 9}))
    query = Query({"n": {"$lt": 9}}, sort=(("n", 1),), fields={"n": 1, "_id": 0})
    assert things.history.as_of(query, then) == engine.Page([{"n": 1}, {"n": 2}, {"n": 3}], 3)
    assert things.history.as_of(query, now() + timedelta(seconds=1)).total == 1
    part = Query(sort=(("n", 1),), limit=1, skip=1)
    page = things.history.as_of(part, then)
    assert ([item["n"] for item in page.documents], page.total) == ([2], 3)
    assert things.history.as_of(Query(skip=9, limit=1), then) == engine.Page([], 3)
    assert things.history.as_of(Query({"n": 7}), then) == engine.Page([], 0)
    group = [{"$group": {"_id": None, "sum": {"$sum": "$n"}}}]
    assert things.history.aggregate_as_of(Query(), group, then) == [{"_id": None, "sum": 6}]


def test_deleted_documents(things: engine.Collection) -> None:
    names = things.insert([{"n": number} for number in range(4)])
    things.delete(Query({"n": {"$gte": 1}}))
    query = Query(sort=(("n", -1),), limit=2, fields={"n": 1})
    page = things.history.deleted(query)
    assert ([item["n"] for item in page.documents], page.has_more) == ([3, 2], True)
    assert things.history.undelete(ObjectId(names[3]))["n"] == 3
    page = things.history.deleted(query)
    assert ([item["n"] for item in page.documents], page.has_more) == ([2, 1], False)


def test_restoring_creates_a_version(things: engine.Collection, thing: ObjectId) -> None:
    restored = things.history.restore(thing, 2, expected=4)
    assert (restored["n"], restored["_sys"]["version"]) == (2, 5)
    assert things.history.difference(thing, 2, 5) == []
    for expected, current in ((4, "current version: 5"), (6, "current version: 5")):
        with pytest.raises(engine.Conflict, match=f"expected version {expected} .*, {current}"):
            things.history.restore(thing, 1, expected=expected)
    things.delete(Query({"_id": str(thing)}))
    with pytest.raises(engine.Conflict, match="it was deleted"):
        things.history.restore(thing, 1, expected=5)
    assert things.history.restore(thing, 1)["n"] == 1
    with pytest.raises(engine.NotFound):
        things.history.restore(thing, 99)


def test_undeleting(things: engine.Collection, thing: ObjectId) -> None:
    with pytest.raises(engine.Conflict, match="is not deleted"):
        things.history.undelete(thing)
    with pytest.raises(engine.NotFound):
        things.history.undelete(ObjectId())
    things.delete(Query())
    assert things.history.undelete(thing)["n"] == 4


def test_who_may(make: Make, things: engine.Collection, thing: ObjectId) -> None:
    """Bringing a deleted document back needs INSERT, as creating it did."""
    reader = make(*FIELDS, history=True, allowed=frozenset({Action.READ})).history
    writer = make(*FIELDS, history=True, allowed=frozenset({Action.READ, Action.WRITE})).history
    blind = make(*FIELDS, history=True, allowed=frozenset({Action.WRITE, Action.INSERT})).history
    for refused in (
        lambda: reader.restore(thing, 1),
        lambda: reader.undelete(thing),
        lambda: writer.undelete(thing),
        lambda: blind.version(thing, 1),
        lambda: blind.search(Query()),
        lambda: blind.deleted(Query()),
        lambda: blind.as_of(Query(), now()),
        lambda: blind.of_document(thing, skip=0, limit=1),
        lambda: blind.restore(thing, 1),
    ):
        with pytest.raises(engine.Forbidden):
            refused()
    assert writer.restore(thing, 1)["n"] == 1
    things.delete(Query())
    with pytest.raises(engine.Forbidden):
        writer.restore(thing, 1)


@pytest.mark.parametrize(
    ("before", "after", "paths"),
    [
        ({}, {}, []),
        ({"a": 1}, {"a": 1.0}, ["a"]),
        ({"a": 1}, {"a": True}, ["a"]),
        ({"a": 1}, {"a": "1"}, ["a"]),
        ({"a": None}, {}, ["a"]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3, "d": 4}}, ["a.c", "a.d"]),
        ({"a": [1, 2]}, {"a": [2, 1]}, ["a"]),
        ({"a": {"b": 1}}, {"a": [1]}, ["a"]),
        ({"b": 1, "a": 2}, {"c": 1, "a": 3}, ["b", "a", "c"]),
    ],
)
def test_differences(before: Any, after: Any, paths: list[str]) -> None:
    assert [item.path for item in differences(before, after)] == paths


def test_an_absent_value_is_none_that_json_has() -> None:
    assert [*differences({"a": None}, {"b": None})] == [
        Difference("a", None, ABSENT),
        Difference("b", ABSENT, None),
    ]
    assert [*differences(1, 2)] == [Difference("", 1, 2)]
