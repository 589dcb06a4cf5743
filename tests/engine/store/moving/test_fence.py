"""The fence: no insert and no update passes it, whatever sends it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bson import ObjectId
from pymongo import MongoClient

import engine
from engine.store.moving.fence import is_fenced, unfenced

NAME = ObjectId()
CALLS: dict[str, Callable[[engine.Store, str], Any]] = {
    "insert": lambda store, name: store.insert(name, "things", [{"n": 2}]),
    "insert many": lambda store, name: store.insert(name, "things", [{"n": 2}, {"n": 3}]),
    "update": lambda store, name: store.update(name, "things", {"_id": NAME}, {"$set": {"n": 2}}),
    "update many": lambda store, name: store.update(name, "things", {}, {"$set": {"n": 2}}),
    "change": lambda store, name: store.change(name, "things", {"_id": NAME}, {"$set": {"n": 2}}),
    "replace": lambda store, name: store.replace(name, "things", {"_id": NAME, "n": 2}),
    "insert again": lambda store, name: store.insert_again(name, "things", [{"_id": 5}]),
    "reserve": lambda store, name: store.reserve(name, "things", "n", 1),
}


def validator(mongo: MongoClient[dict[str, Any]], database: str) -> Any:
    (item,) = mongo[database].list_collections(filter={"name": "things"})
    return item["options"].get("validator")


@pytest.fixture(params=["service", "none"])
def fenced(request: Any, store: engine.Store, mongo: MongoClient[dict[str, Any]], database: str) -> Any:
    """Fence a collection of the service, and one without a validator. Return its validator before."""
    if request.param == "service":
        store.create(database, "things", unique={})
    mongo[database].things.insert_one({"_id": NAME, "n": 1})
    before = validator(mongo, database)
    store.fence(database, each=lambda: None)
    store.fence(database, each=lambda: None)
    return before


def test_inserts_and_updates_are_refused(
    store: engine.Store, mongo: MongoClient[dict[str, Any]], database: str, fenced: Any
) -> None:
    refused = {}
    for name, call in CALLS.items():
        with pytest.raises(engine.Unavailable, match="being moved") as caught:
            call(store, database)
        refused[name] = (caught.value.reason, caught.value.retry_after)
    assert refused == dict.fromkeys(CALLS, ("moving", 1))
    assert [*mongo[database].things.find()] == [{"_id": NAME, "n": 1}]
    assert store.delete(database, "things", {"_id": NAME}) == 1


def test_a_fence_is_removed(
    store: engine.Store, mongo: MongoClient[dict[str, Any]], database: str, fenced: Any
) -> None:
    steps: list[int] = []
    store.unfence(database, each=lambda: steps.append(1))
    store.unfence(database, each=lambda: steps.append(1))
    assert (validator(mongo, database) or None, steps) == (fenced, [1, 1])
    store.insert(database, "things", [{"n": 2}])
    assert store.count(database, "things", {}) == 2


def test_what_is_no_fence_stays() -> None:
    assert (is_fenced(None), is_fenced({"$and": [{"a": 1}]}), unfenced(None)) == (False, False, {})
    assert unfenced({"a": 1}) == {"a": 1}
