"""Creation and removal of a collection inside MongoDB."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pymongo import MongoClient

import engine
from engine.jobs.storage import drop_storage, make_storage
from engine.limits import Limits
from engine.schema import parse_schema

Mongo = MongoClient[dict[str, Any]]
SCHEMA, _ = parse_schema([{"name": "email", "type": "string", "unique": True}], limits=Limits())


def spec(name: str) -> engine.CollectionSpec:
    return engine.CollectionSpec(name, name, SCHEMA)


@pytest.mark.parametrize("count", [0, 1, 9])
def test_each_collection_is_created_alone_with_its_unique_indexes(
    store: engine.Store, mongo: Mongo, database: str, count: int
) -> None:
    specs = [spec(f"c{number}") for number in range(count)]
    make_storage(store, database, specs)
    assert sorted(mongo[database].list_collection_names()) == [item.physical for item in specs]
    for item in specs:
        information = mongo[database][item.physical].index_information()
        indexes = [(index["key"], index.get("unique", False)) for index in information.values()]
        assert sorted(indexes) == [([("_id", 1)], False), ([("email", 1)], True)]


def test_eight_collections_are_created_at_a_time() -> None:
    together, created = threading.Barrier(8), []

    def create(database: str, physical: str, *, unique: Any) -> None:
        together.wait(60)
        created.append(physical)

    specs = [spec(f"c{number}") for number in range(16)]
    make_storage(cast(engine.Store, SimpleNamespace(create=create)), "d", specs)
    assert sorted(created) == sorted(item.physical for item in specs)


def test_creating_a_collection_again_changes_nothing(store: engine.Store, mongo: Mongo, database: str) -> None:
    make_storage(store, database, [spec("c")])
    mongo[database]["c"].insert_one({"email": "a"})
    before = mongo[database]["c"].index_information()
    make_storage(store, database, [spec("c")])
    assert mongo[database]["c"].index_information() == before
    assert mongo[database]["c"].count_documents({}) == 1


def test_a_collection_is_dropped_with_its_versions_and_counters(
    store: engine.Store, mongo: Mongo, database: str
) -> None:
    names = ["c", "c.versions", "c.counters", "c2", "c.other"]
    for name in names:
        mongo[database].create_collection(name)
    drop_storage(store, database, "c")
    assert sorted(mongo[database].list_collection_names()) == ["c.other", "c2"]
    drop_storage(store, database, "c")
    assert sorted(mongo[database].list_collection_names()) == ["c.other", "c2"]
