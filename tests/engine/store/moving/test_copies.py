"""Raw documents: stored as they are, also where unique values are exchanged."""

from __future__ import annotations

from typing import Any

import bson
import pytest
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient

import engine
from engine.store.moving.copies import batches_of, key_of, values_at

Mongo = MongoClient[dict[str, Any]]


def raw(*documents: dict[str, Any]) -> list[RawBSONDocument]:
    return [RawBSONDocument(bson.encode(item)) for item in documents]


def all_of(mongo: Mongo, database: str) -> list[dict[str, Any]]:
    return [*mongo[database].things.find(sort=[("_id", 1)])]


@pytest.mark.parametrize("are_new", [True, False])
def test_documents_are_replaced_created_and_deleted(
    store: engine.Store, mongo: Mongo, database: str, are_new: bool
) -> None:
    mongo[database].things.insert_many([{"_id": 1, "n": 1}, {"_id": 2, "n": 2}])
    documents = raw({"_id": 1, "n": 10}, {"_id": "x", "n": 3})
    assert store.put(database, "things", documents, gone=[2], are_new=are_new) == []
    assert all_of(mongo, database) == [{"_id": 1, "n": 10}, {"_id": "x", "n": 3}]
    stored = store.stored(database, "things", [1, 2, "x"])
    assert {key: item.raw for key, item in stored.items()} == {key_of(it["_id"]): it.raw for it in documents}


@pytest.mark.parametrize(
    ("first", "second", "collation"),
    [
        ("a", "b", None),
        (["a", "c"], ["b", "d"], None),
        ("a", "B", {"locale": "en", "strength": 2}),
        (1, 2, None),
    ],
)
def test_the_holder_of_a_unique_value_makes_room(
    store: engine.Store, mongo: Mongo, database: str, first: Any, second: Any, collation: Any
) -> None:
    """The copy has what two documents had before they exchanged a value."""
    mongo[database].things.create_index("u.v", unique=True, **({"collation": collation} if collation else {}))
    mongo[database].things.insert_many([{"_id": 1, "u": {"v": first}}, {"_id": 2, "u": {"v": second}}])
    taken = second.lower() if collation else second
    assert store.put(database, "things", raw({"_id": 1, "u": {"v": taken}})) == [2]
    assert store.put(database, "things", raw({"_id": 2, "u": {"v": first}})) == []
    assert [item["u"]["v"] for item in all_of(mongo, database)] == [taken, first]


def test_indexes_are_dropped_and_created_as_they_are_described(
    store: engine.Store, mongo: Mongo, database: str
) -> None:
    mongo[database].things.create_index("a", name="old")
    index = {"name": "new", "key": {"b": 1}, "unique": True}
    store.rewrite_layout(database, "things", indexes=[index], dropped=["old"])
    information = mongo[database].things.index_information()
    assert ({*information}, information["new"]["unique"]) == ({"_id_", "new"}, True)


def test_batches_are_cut() -> None:
    content = b"".join(bson.encode({"_id": number}) for number in range(5))
    assert [[item["_id"] for item in batch] for batch in batches_of(content, 2)] == [[0, 1], [2, 3], [4]]


@pytest.mark.parametrize(
    ("document", "path", "values"),
    [
        ({"a": 1}, "a", [1]),
        ({"a": {"b": [1, 2]}}, "a.b", [1, 2]),
        ({"a": [{"b": 1}, {"b": 2}, {}]}, "a.b", [1, 2, None]),
        ({}, "a.b", [None]),
    ],
)
def test_the_values_that_an_index_has(document: Any, path: str, values: list[Any]) -> None:
    assert values_at(document, path.split(".")) == values
