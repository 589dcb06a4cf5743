"""Whole databases as raw BSON."""

from __future__ import annotations

from typing import Any

import bson
import pytest
from bson import ObjectId
from pymongo import MongoClient, WriteConcern

import engine
from engine.store import Store

Mongo = MongoClient[dict[str, Any]]


@pytest.fixture
def written(mongo: Mongo, database: str) -> list[dict[str, Any]]:
    """Documents of which a batch of MongoDB does not hold all."""
    documents = [{"_id": ObjectId(), "n": number, "text": "x" * 400_000} for number in range(50)]
    mongo[database]["c"].insert_many(documents)
    mongo[database]["c"].create_index([("n", 1)], unique=True, partialFilterExpression={"n": {"$gte": 0}})
    mongo[database].create_collection("empty", validator={"a": {"$exists": False}})
    return documents


def test_a_database_is_read_and_written_again(
    store: Store, mongo: Mongo, database: str, written: list[dict[str, Any]]
) -> None:
    layouts = store.layouts(database)
    assert [name for name, _ in layouts] == ["c", "empty"]
    with store.snapshot() as frozen:
        batches = [*frozen.dump(database, "c")]
        mongo[database]["c"].delete_many({})
        mongo[database]["c"].insert_one({"n": 1})
        assert [*frozen.dump(database, "c")] == batches
    assert sum(count for count, _ in batches) == 50
    assert len(batches) > 1
    assert [item["n"] for _, raw in batches for item in bson.decode_all(raw)] == [*range(50)]
    before = {
        name: (mongo[database][name].index_information(), mongo[database][name].options()) for name, _ in layouts
    }

    store.drop_database(database)
    for name, layout in layouts:
        store.make_again(database, name, layout)
    assert [store.load(database, "c", raw) for _, raw in batches] == [count for count, _ in batches]
    assert [*mongo[database]["c"].find(sort=[("_id", 1)])] == written
    after = {
        name: (mongo[database][name].index_information(), mongo[database][name].options()) for name, _ in layouts
    }
    assert after == before
    with pytest.raises(engine.Conflict):
        store.load(database, "c", batches[0][1])


def test_nothing_of_a_row_filtered_store_is_read_or_written(store: Store, database: str) -> None:
    narrow = store.with_row_filter({(database, "c"): {"by": "me"}})
    for call in (
        lambda: narrow.snapshot().__enter__(),
        lambda: narrow.layouts(database),
        lambda: next(narrow.dump(database, "c")),
        lambda: narrow.make_again(database, "d", b""),
        lambda: narrow.load(database, "c", b""),
    ):
        with pytest.raises(engine.Forbidden):
            call()


def test_errors_of_the_driver_are_translated(database: str) -> None:
    away = Store(
        "mongodb://%2Fnowhere%2Fm.sock/?replicaSet=datacube",
        limits=engine.Limits(query_seconds=0.2, write_seconds=0.2),
    )
    for call in (lambda: away.layouts(database), lambda: next(away.dump(database, "c"))):
        with pytest.raises(engine.Unavailable):
            call()


def test_a_collection_that_is_made_anew_is_no_longer_in_the_snapshot(
    store: Store, mongo: Mongo, database: str, written: list[dict[str, Any]]
) -> None:
    # Acknowledged by the majority, after all collections were created: the snapshot is not older.
    mongo[database].get_collection("c", write_concern=WriteConcern("majority")).insert_one({"n": 50})
    with store.snapshot() as frozen:
        assert sum(count for count, _ in frozen.dump(database, "c")) == 51
        mongo[database].drop_collection("empty")
        mongo[database]["empty"].insert_one({"n": 1})
        with pytest.raises(engine.Conflict, match="created since the snapshot"):
            [*frozen.dump(database, "empty")]
