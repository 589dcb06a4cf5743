"""Copies of a collection as it is and as it was, while others write to it."""

from __future__ import annotations

from typing import Any

import engine
from engine.indexes import NewIndex, TextOptions
from engine.jobs import Clone
from engine.schema import Collation
from tests.engine.conftest import Make
from tests.engine.jobs.test_restore import Mongo, contents, moment


def cloned(make: Make, source: engine.Collection, at: Any, name: str) -> engine.Collection:
    target = make(*source.spec.schema.as_list(), history=True, name=name)
    Clone(source, target, at).run(lambda _: None)
    Clone(source, target, at).run(lambda _: None)
    return target


def test_a_clone_of_a_moment_and_of_now(make: Make, mongo: Mongo) -> None:
    things = make({"name": "no", "type": "autonumber"}, {"name": "u", "unique": True}, history=True)
    things.indexes.create(NewIndex([("n", 1), ("m", -1)], name="mine", partial={"n": {"$gt": 1}}))
    things.insert([{"n": n, "u": str(n)} for n in range(30)])
    at, then = moment(), contents(mongo, things)
    things.update(engine.Query({"n": {"$lt": 10}}), engine.Change({"n": 99}))
    things.delete(engine.Query({"n": {"$gt": 25}}))
    things.insert([{"n": 100}])
    old, new = cloned(make, things, at, "old"), cloned(make, things, moment(), "new")
    assert contents(mongo, old) == then
    assert contents(mongo, new) == contents(mongo, things)
    assert [index.name for index in new.indexes.all()] == ["_id_", "mine", "unique_0"]
    new.insert([{"n": 1}])
    assert new.find(engine.Query({"n": 1})).documents[0]["no"] == 32
    assert things.find(engine.Query({"n": 1})).total == 0


def test_every_option_of_an_index_is_copied(make: Make) -> None:
    things = make({"name": "title"}, {"name": "at", "type": "datetime"})
    for index in (
        NewIndex([("title", "text")], text=TextOptions("german", "lang", {"title": 5})),
        NewIndex([("title", 1)], unique=True, collation=Collation("de", 1)),
        NewIndex([("at", -1)], expires=10),
        NewIndex([("place", "2dsphere"), ("n", 1)], name="places", partial={"title": {"$gt": "a"}}),
    ):
        things.indexes.create(index)
    copy = cloned(make, things, moment(), "copy")
    before, after = ({spec["name"]: spec for spec in item.indexes.specs()} for item in (things, copy))
    assert (len(before), after) == (4, before)


def test_what_keeps_no_history_is_copied_as_it_is(make: Make, mongo: Mongo) -> None:
    things = make()
    at = moment()
    things.insert([{"n": 1}])
    assert contents(mongo, cloned(make, things, at, "copy")) == contents(mongo, things)
