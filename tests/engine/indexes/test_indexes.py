"""Indexes: what is made is there and used; what cannot be is refused, with examples; the schema's stay."""

from __future__ import annotations

import copy
import threading
import time
from typing import Any

import pytest
from pymongo import MongoClient

import engine
from engine import Action, Query
from engine.indexes import Index, NewIndex
from engine.limits import Limits
from tests.engine.conftest import Make
from tests.engine.strategies import faults, refusal

Mongo = MongoClient[dict[str, Any]]


def by_name(things: engine.Collection) -> dict[str, Index]:
    return {index.name: index for index in things.indexes.all()}


@pytest.mark.parametrize(
    ("wanted", "name", "shown"),
    [
        (NewIndex([("a", 1)]), "a_1", {}),
        (NewIndex([("a", 1), ("b.c", -1)]), "a_1_b.c_-1", {}),
        (NewIndex([("a", -1)], name="mine"), "mine", {}),
        (NewIndex([("a", 1)], unique=True), "a_1", {"unique": True}),
        (NewIndex([("a", 1)], partial={"b": {"$gt": 1}}), "a_1", {"partial": {"b": {"$gt": 1}}}),
        (NewIndex([("a", 1)], expires=0), "a_1", {"expires": 0}),
        (NewIndex([("a", 1)], expires=2**31 - 1), "a_1", {"expires": 2**31 - 1}),
        (NewIndex([("a", "text"), ("b", "text")]), "a_text_b_text", {}),
        (NewIndex([("c", 1), ("a", "text")]), "c_1_a_text", {}),
        (NewIndex([("place", "2dsphere"), ("a", 1)]), "place_2dsphere_a_1", {}),
        (NewIndex([("US Gross", 1)]), "US_Gross_1", {}),
        (NewIndex([("x" * 150, 1)]), "x" * 100, {}),
    ],
)
def test_what_is_made_is_listed(make: Make, wanted: NewIndex, name: str, shown: dict[str, Any]) -> None:
    things = make()
    things.insert([{"a": "x", "b": 2}])
    assert things.indexes.create(wanted) == name
    found = by_name(things)
    assert list(found) == ["_id_", name]
    index = found[name]
    assert (index.keys, index.building, index.of_schema) == (list(wanted.keys), False, False)
    plain = {"unique": False, "sparse": False, "partial": None, "expires": None}
    assert {member: getattr(index, member) for member in plain} == plain | shown
    assert index.size > 0 and index.uses == 0 and index.since is not None


def test_uses_are_counted(make: Make) -> None:
    things = make()
    things.insert([{"a": n} for n in range(10)])
    things.indexes.create(NewIndex([("a", 1)]))
    for _ in range(3):
        things.find(Query(filter={"a": 4}, limit=5))
    assert by_name(things)["a_1"].uses == 3


def test_the_same_again_is_no_fault(make: Make) -> None:
    things = make()
    assert [things.indexes.create(NewIndex([("a", 1)])) for _ in range(2)] == ["a_1", "a_1"]


CLASH = "There is another index of this name, or with these fields."


@pytest.mark.parametrize(
    "second",
    [NewIndex([("b", 1)], name="a_1"), NewIndex([("a", 1)], name="other"), NewIndex([("a", 1)], unique=True)],
)
def test_another_index_stands_against_it(make: Make, second: NewIndex) -> None:
    things = make()
    things.indexes.create(NewIndex([("a", 1)]))
    assert refusal(engine.Conflict, things.indexes.create, second).message == CLASH


def test_values_that_clash_are_shown(make: Make) -> None:
    things = make()
    ids = things.insert([{"a": value} for value in ["x", "x", "y", "z", "z", "z", None]] + [{}])
    told = refusal(engine.Conflict, things.indexes.create, NewIndex([("a", 1)], unique=True))
    text = "Cannot create a unique index: documents have the same a."
    assert (told.message, [fault.as_dict() for fault in told.errors]) == (text, [{"field": "a", "message": text}])
    assert told.details == {
        "examples": [
            {"values": {"a": None}, "count": 2, "ids": ids[6:]},
            {"values": {"a": "x"}, "count": 2, "ids": ids[:2]},
            {"values": {"a": "z"}, "count": 3, "ids": ids[3:6]},
        ]
    }
    assert list(by_name(things)) == ["_id_"]


def test_a_few_of_many_clashes(make: Make) -> None:
    things = make()
    things.insert([{"a": n % 20, "b": n % 2} for n in range(400)])
    told = refusal(engine.Conflict, things.indexes.create, NewIndex([("a", 1), ("b", -1)], unique=True))
    examples = told.details["examples"]
    assert [item["values"] for item in examples] == [{"a": n, "b": n % 2} for n in range(5)]
    assert {(item["count"], len(item["ids"])) for item in examples} == {(20, 5)}


def test_clashes_among_the_elements_of_arrays(make: Make) -> None:
    things = make()
    ids = things.insert([{"tags": ["a", "b", "b"]}, {"tags": ["c", "b"]}])
    told = refusal(engine.Conflict, things.indexes.create, NewIndex([("tags", 1)], unique=True))
    assert told.details == {"examples": [{"values": {"tags": "b"}, "count": 2, "ids": ids}]}


def test_only_what_a_partial_index_covers_clashes(make: Make) -> None:
    things = make()
    ids = things.insert([{"a": 1, "b": 1}, {"a": 1, "b": 1}, {"a": 2, "b": 0}, {"a": 2, "b": 0}])
    wanted = NewIndex([("a", 1)], unique=True, partial={"b": 1})
    told = refusal(engine.Conflict, things.indexes.create, wanted)
    assert told.details == {"examples": [{"values": {"a": 1}, "count": 2, "ids": ids[:2]}]}


def test_who_may_not_read_is_shown_no_values(make: Make) -> None:
    designer = make(allowed=frozenset({Action.DESIGN, Action.INSERT}))
    designer.insert([{"a": "secret"}, {"a": "secret"}])
    told = refusal(engine.Conflict, designer.indexes.create, NewIndex([("a", 1)], unique=True))
    assert not told.details and "secret" not in told.message
    refusal(engine.Forbidden, designer.indexes.all)


def test_designing_is_needed(make: Make) -> None:
    reader = make(allowed=engine.ALL_ACTIONS - {Action.DESIGN})
    refusal(engine.Forbidden, reader.indexes.create, NewIndex([("a", 1)]))
    refusal(engine.Forbidden, reader.indexes.drop, "a_1")
    assert [index.name for index in reader.indexes.all()] == ["_id_"]


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (NewIndex([]), "keys"),
        (NewIndex([(f"f{n}", 1) for n in range(32)]), "keys"),
        (NewIndex([("a", 1), ("a", -1)]), "keys"),
        (NewIndex([("_id", 1)]), "keys"),
        (NewIndex([("$a", 1)]), "keys.0.field"),
        (NewIndex([("a", 1), ("b..c", 1)]), "keys.1.field"),
        (NewIndex([("a", "text")], unique=True), "unique"),
        (NewIndex([("a", 1)], expires=-1), "expire_after_seconds"),
        (NewIndex([("a", 1)], expires=2**31), "expire_after_seconds"),
        (NewIndex([("a", 1), ("b", 1)], expires=1), "expire_after_seconds"),
        (NewIndex([("a", "2dsphere")], expires=1), "expire_after_seconds"),
        (NewIndex([("a", 1)], name="a b"), "name"),
        (NewIndex([("a", 1)], name="*"), "name"),
        (NewIndex([("a", 1)], name="x" * 101), "name"),
        (NewIndex([("a", 1)], name="unique_7"), "name"),
        (NewIndex([("unique", 1)]), ""),
        (NewIndex([("a", 1)], partial={"$where": "x"}), "partial_filter.$where"),
        (NewIndex([("a", 1)], partial={"a": {"$regexMatch": 1}}), "partial_filter.a.$regexMatch"),
    ],
)
def test_what_is_no_index(make: Make, wanted: NewIndex, field: str) -> None:
    things = make()
    if not field:  # `unique_1` is the name that this one would get
        field = "name"
    assert [place for place, _ in faults(engine.Invalid, things.indexes.create, wanted)] == [field]
    assert list(by_name(things)) == ["_id_"]


@pytest.mark.parametrize(
    "wanted",
    [
        NewIndex([("a", 1)], partial={"a": {"$ne": 1}}),
        NewIndex([("a", 1)], partial={"a": {"$regex": "x"}}),
        NewIndex([("a", "text"), ("b", 1), ("c", "text")]),
        NewIndex([("a", "2dsphere"), ("b", "text")]),
    ],
)
def test_what_mongodb_does_not_take(make: Make, wanted: NewIndex) -> None:
    refusal(engine.Invalid, make().indexes.create, wanted)


def test_documents_that_an_index_does_not_take(make: Make) -> None:
    things = make()
    things.insert([{"place": "nowhere", "a": [1], "b": [2]}])
    refusal(engine.Invalid, things.indexes.create, NewIndex([("place", "2dsphere")]))
    refusal(engine.Invalid, things.indexes.create, NewIndex([("a", 1), ("b", 1)]))


def test_as_many_as_there_may_be(make: Make, store: engine.Store) -> None:
    few = copy.copy(store)
    few.limits = Limits(indexes=3)
    things = make(on=few)
    for n in range(3):
        things.indexes.create(NewIndex([(f"f{n}", 1)]))
    told = refusal(engine.TooLarge, things.indexes.create, NewIndex([("g", 1)]))
    assert told.message == "A collection has at most 3 indexes (MAX_INDEXES)."
    assert things.indexes.create(NewIndex([("f0", 1)])) == "f0_1"
    things.indexes.drop("f1_1")
    assert things.indexes.create(NewIndex([("g", 1)])) == "g_1"


def test_dropping(make: Make) -> None:
    things = make({"name": "email", "unique": True})
    things.indexes.create(NewIndex([("a", 1)]))
    assert [(index.name, index.of_schema) for index in things.indexes.all()] == [
        ("_id_", False),
        ("a_1", False),
        ("unique_0", True),
    ]
    things.indexes.drop("a_1")
    assert refusal(engine.NotFound, things.indexes.drop, "a_1").message == "There is no index 'a_1'."
    assert refusal(engine.NotFound, things.indexes.drop, "*").message == "There is no index '*'."
    assert refusal(engine.Conflict, things.indexes.drop, "_id_").message == "The index of _id cannot be dropped."
    text = "The index belongs to a unique field of the schema."
    assert refusal(engine.Conflict, things.indexes.drop, "unique_0").message == text
    assert list(by_name(things)) == ["_id_", "unique_0"]


def test_an_index_that_is_being_built_is_listed_as_such(make: Make, mongo: Mongo, database: str) -> None:
    things = make()
    mongo[database]["things"].insert_many([{"a": n, "b": f"{n:50}"} for n in range(100_000)])
    building = threading.Thread(target=things.indexes.create, args=(NewIndex([("b", 1), ("a", -1)], name="slow"),))
    building.start()
    seen = set()
    while building.is_alive():
        seen |= {(index.name, index.building) for index in things.indexes.all()}
        time.sleep(0.005)
    building.join()
    assert ("slow", True) in seen
    assert by_name(things)["slow"].building is False


def test_a_list_is_told_whatever_begins_and_ends_meanwhile(make: Make, mongo: Mongo, database: str) -> None:
    things = make()
    mongo[database]["things"].insert_many([{"a": n} for n in range(5_000)])

    def change() -> None:
        for _ in range(40):
            mongo[database]["things"].create_index([("a", 1)])
            mongo[database]["things"].drop_index("a_1")

    changing = threading.Thread(target=change)
    changing.start()
    seen = set()
    while changing.is_alive():
        seen.add(frozenset(by_name(things)))
    changing.join()
    seen.add(frozenset(by_name(things)))
    mongo[database]["things"].create_index([("a", 1)])
    seen.add(frozenset(by_name(things)))
    assert seen == {frozenset({"_id_"}), frozenset({"_id_", "a_1"})}


def test_definitions_are_listed_by_name(make: Make) -> None:
    things = make()
    for name in ("c", "a", "b"):
        things.indexes.create(NewIndex([(name, 1)]))
    assert [spec["name"] for spec in things.indexes.specs()] == ["a_1", "b_1", "c_1"]
