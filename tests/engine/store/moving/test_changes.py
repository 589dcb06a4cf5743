"""The ids of changed documents of one database."""

from __future__ import annotations

from typing import Any

from pymongo import MongoClient

import engine
from engine.store import key_of


def test_the_changes_of_a_database_by_collection(
    store: engine.Store, mongo: MongoClient[dict[str, Any]], database: str
) -> None:
    mongo[database].a.insert_one({"_id": 1})
    with store.changes(database, start=store.operation_time()) as changes:
        mongo[database].a.insert_one({"_id": 2})
        mongo[database].a.update_one({"_id": 1}, {"$set": {"n": 1}})
        mongo[database].b.insert_one({"_id": {"x": 1}})
        mongo[database].a.delete_one({"_id": 2})
        mongo[f"{database}_other"].a.insert_one({"_id": 3})
        end = store.operation_time()
        read: list[tuple[str, Any]] = []
        while changes.reached < end:
            read += [(name, item) for name, ids in changes.take(limit=2).items() for item in ids]
    mongo.drop_database(f"{database}_other")
    assert read[-4:] == [("a", 2), ("a", 1), ("b", {"x": 1}), ("a", 2)]
    assert changes.last is not None and changes.last["documentKey"] == {"_id": 2}


def test_ids_of_different_types_differ() -> None:
    assert len({key_of(item) for item in (1, 1.0, "1", {"x": 1}, {"x": 1.0})}) == 5
