"""Back to a moment: after any writes, a collection is byte for byte what it was, and nothing else is touched."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import bson
import pytest
from pymongo import MongoClient

import engine
from engine.context import now
from engine.jobs import Restoration, RewriteCounts
from engine.update import Operators
from tests.engine.conftest import Make

Mongo = MongoClient[dict[str, Any]]


def contents(mongo: Mongo, things: engine.Collection) -> list[bytes]:
    """All that is stored, but for `_sys`."""
    found = mongo[things.database][things.spec.physical].find(sort=[("_id", 1)])
    return [bson.encode({name: value for name, value in item.items() if name != "_sys"}) for item in found]


def moment() -> datetime:
    """A time that is over, with nothing else in its millisecond."""
    time.sleep(0.002)
    found = now()
    time.sleep(0.002)
    return found


def restore(things: engine.Collection, at: datetime) -> RewriteCounts:
    restoration = Restoration(things, at, moment())
    restoration.require()
    told = restoration.dry_run(lambda _: None)
    done = restoration.run(lambda _: None)
    assert told == done
    assert restoration.run(lambda _: None) == RewriteCounts()
    return done


def write_something(things: engine.Collection, chance: random.Random, ids: list[Any]) -> None:
    one = engine.Query({"_id": str(chance.choice(ids))}) if ids else engine.Query()
    match chance.randrange(6):
        case 0 | 1:
            ids += things.insert([{"n": chance.randrange(9), "deep": {"x": [chance.random()]}}])
        case 2:
            things.update(one, engine.Change({"n": float(chance.randrange(9)), f"f{chance.randrange(3)}": None}))
        case 3:
            things.delete(one)
        case 4:
            things.update(engine.Query({"n": chance.randrange(9)}), Operators({"$inc": {"n": 1}}))
        case _ if ids:
            try:
                things.history.undelete(chance.choice(ids))
            except engine.Conflict:
                things.update(one, Operators({"$unset": {"deep": True}}))


def test_a_thousand_writes_and_back(make: Make, mongo: Mongo) -> None:
    things, others = make(history=True), make(history=True, name="others")
    others.insert([{"n": n} for n in range(50)])
    untouched = [*mongo[others.database]["others"].find()]
    chance, ids, known = random.Random(20261121), [], {}
    for number in range(1_000):
        write_something(things, chance, ids)
        if number % 100 == 50:
            known[moment()] = contents(mongo, things)
    last = moment()
    end = contents(mongo, things)
    for at in chance.sample([*known], 4):
        assert restore(things, at).changed > 0
        assert contents(mongo, things) == known[at]
    restore(things, last)
    assert contents(mongo, things) == end
    assert [*mongo[others.database]["others"].find()] == untouched


def test_versions_go_on_rising_and_tell_who(make: Make) -> None:
    things = make(history=True)
    kept, gone = things.insert([{"a": 1}, {"a": 2}])
    at = moment()
    things.update(engine.Query({"_id": str(kept)}), engine.Change({"a": 9}))
    things.delete(engine.Query({"_id": str(gone)}))
    (new,) = things.insert([{"a": 3}])
    assert restore(replace(things, actor="u7", surface="management"), at) == RewriteCounts(1, 1, 1)
    page = things.find(engine.Query(sort=(("a", 1),))).documents
    assert [(item["_id"], item["a"], item["_sys"]["version"], item["_sys"]["updated_by"]) for item in page] == [
        (kept, 1, 3, "u7"),
        (gone, 2, 2, "u7"),
    ]
    over = things.history.of_document(new, skip=0, limit=9).documents
    assert [(item["_sys"]["superseded_by_operation"], item["_sys"]["superseded_via"]) for item in over] == [
        ("delete", "management")
    ]


def test_unique_values_that_were_exchanged(make: Make, mongo: Mongo) -> None:
    things = make({"name": "u", "unique": True}, history=True)
    one, two = things.insert([{"u": "a"}, {"u": "b"}])
    at, before = moment(), contents(mongo, things)
    for name, value in ((one, "c"), (two, "a"), (one, "b")):
        things.update(engine.Query({"_id": str(name)}), engine.Change({"u": value}))
    things.insert([{"u": "c"}])
    restore(things, at)
    assert contents(mongo, things) == before


def test_what_changes_after_it_began_is_left(make: Make) -> None:
    things = make(history=True)
    one, two = things.insert([{"a": 1}, {"a": 1}])
    at = moment()
    things.update(engine.Query(), engine.Change({"a": 2}))
    began = moment()
    things.update(engine.Query({"_id": str(two)}), engine.Change({"a": 3}))
    assert Restoration(things, at, began).run(lambda _: None) == RewriteCounts(changed=1)
    assert [item["a"] for item in things.find(engine.Query()).documents] == [1, 3]


@pytest.mark.parametrize("missing", sorted(engine.DOCUMENT_ACTIONS))
def test_it_needs_every_permission_on_documents(make: Make, missing: engine.Action) -> None:
    things = make(history=True, allowed=engine.ALL_ACTIONS - {missing})
    with pytest.raises(engine.Forbidden):
        Restoration(things, moment(), moment()).require()


def test_no_further_back_than_the_history(make: Make) -> None:
    things = make(history=True)
    since = moment()
    things = replace(things, spec=replace(things.spec, since=since))
    check: Callable[[datetime], None] = lambda at: Restoration(things, at, moment()).require()  # noqa: E731
    check(since)
    with pytest.raises(engine.Invalid) as caught:
        check(datetime(2026, 1, 1))
    assert caught.value.errors[0].field == "as_of"
    with pytest.raises(engine.Invalid):
        Restoration(make(name="off"), moment(), moment()).require()
