"""Reads of the store: pages, documents by unique values, ids in batches, sizes, and the bound of 16 MB."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId
from pymongo import MongoClient

import engine
from tests.event_loop import in_event_loop, result_in_event_loop

Mongo = MongoClient[dict[str, Any]]
ANY, LAST = ObjectId("0" * 24), ObjectId("f" * 24)


@pytest.fixture
def ids(mongo: Mongo, database: str) -> list[ObjectId]:
    """Return the ids of ten documents, whose `n` are 0 to 9."""
    documents = [{"_id": ObjectId(), "n": number, "parity": number % 2} for number in range(10)]
    mongo[database]["c"].insert_many(documents)
    return [document["_id"] for document in documents]


def find(store: engine.Store, database: str, filter: Any, **options: Any) -> list[dict[str, Any]]:
    page: dict[str, Any] = {"sort": [("n", 1)], "fields": {"n": 1, "_id": 0}, "skip": 0, "limit": 100}
    return store.find(database, "c", filter, **(page | options))


@pytest.mark.usefixtures("ids")
def test_pages(store: engine.Store, database: str) -> None:
    for options, expected in [
        ({}, [*range(10)]),
        ({"limit": 3}, [0, 1, 2]),
        ({"limit": 10}, [*range(10)]),
        ({"skip": 8}, [8, 9]),
        ({"skip": 10}, []),
        ({"sort": [("parity", -1), ("n", -1)], "limit": 6}, [9, 7, 5, 3, 1, 8]),
        ({"options": {"hint": "_id_"}, "limit": 2}, [0, 1]),
    ]:
        assert [item["n"] for item in find(store, database, {}, **options)] == expected
    assert store.find(database, "missing", {}, sort=[], fields=None, skip=0, limit=9) == []


def test_documents_by_id_are_the_same_in_the_event_loop(
    store: engine.Store, database: str, ids: list[ObjectId]
) -> None:
    def read(id: ObjectId) -> Any:
        return lambda: find(store, database, {"_id": id})

    works = [read(id) for id in [*ids, ids[0], ObjectId()]]
    expected = [work() for work in works]
    assert expected == [[{"n": number}] for number in [*range(10), 0]] + [[]]
    assert in_event_loop(*works) == expected


def test_each_caller_gets_a_document_of_its_own(store: engine.Store, database: str, ids: list[ObjectId]) -> None:
    one, other, none = store.find_each(database, "c", [ids[0], ids[0], ANY], fields=None)
    assert one == other == {"_id": ids[0], "n": 0, "parity": 0}
    assert one is not other
    assert none is None
    assert store.find_unique(database, "c", "n", 7, fields={"n": 1}) == {"_id": ids[7], "n": 7}
    assert result_in_event_loop(lambda: store.find_unique(database, "c", "n", 99, fields={"n": 1})) is None


@pytest.mark.usefixtures("ids")
def test_counts(store: engine.Store, database: str) -> None:
    assert [store.count(database, "c", filter) for filter in ({}, {"parity": 0}, {"n": 99})] == [10, 5, 0]
    assert store.count(database, "missing", {}) == 0
    assert store.count(database, "c", {"n": {"$gte": 2}}, options={"limit": 3}) == 3


def test_all_of_a_few(store: engine.Store, database: str, ids: list[ObjectId]) -> None:
    assert [item["_id"] for item in store.all(database, "c", {"parity": 1}, fields={"_id": 1}, limit=2)] == [
        ids[1],
        ids[3],
    ]
    assert len(store.all(database, "c", {})) == 10


def test_ids_in_order(store: engine.Store, database: str, ids: list[ObjectId]) -> None:
    assert store.ids(database, "c", {"parity": 0}) == ids[::2]
    assert store.ids(database, "c", {"parity": 0}, after=ids[4]) == [ids[6], ids[8]]
    assert store.ids(database, "c", {}, after=ids[9]) == []
    assert store.ids(database, "c", {}, name="n", after=7) == [8, 9]


def test_ids_of_large_documents_come_a_few_at_a_time(store: engine.Store, database: str, mongo: Mongo) -> None:
    documents = [{"_id": ObjectId(), "text": "x" * (3 << 20)} for _ in range(4)]
    documents.append({"_id": ObjectId(), "text": "x" * (9 << 20)})
    mongo[database]["c"].insert_many(documents)
    names = [item["_id"] for item in documents]
    assert store.ids(database, "c", {}) == names[:2]
    assert store.ids(database, "c", {}, after=names[1]) == names[2:4]
    assert store.ids(database, "c", {}, after=names[3]) == names[4:]


def test_more_than_16_mb(store: engine.Store, database: str, mongo: Mongo) -> None:
    documents = [{"_id": ObjectId(), "n": number, "text": "x" * (6 << 20)} for number in range(3)]
    mongo[database]["c"].insert_many(documents)
    with pytest.raises(engine.TooLarge, match="16 MB"):
        find(store, database, {}, fields=None)
    assert len(find(store, database, {}, fields=None, enough=2)) == 2
    with pytest.raises(engine.TooLarge, match="16 MB"):
        store.aggregate(database, "c", [{"$sort": {"_id": 1}}])
    names = [item["_id"] for item in documents]
    assert [item and item["n"] for item in store.find_each(database, "c", names, fields=None)] == [0, 1, 2]


@pytest.mark.usefixtures("ids")
def test_sizes(store: engine.Store, database: str) -> None:
    size = store.size(database, "c")
    assert size["documents"] == 10
    assert size["bytes"] > 0
    assert store.size(database, "missing") == {"documents": 0, "bytes": 0, "index_bytes": 0}


def test_ids_between(store: engine.Store, database: str, ids: list[ObjectId]) -> None:
    assert store.distinct_ids(database, "c", first=ANY, last=LAST) == 10
    assert store.distinct_ids(database, "c", first=ids[2], last=ids[4]) == 3
    assert store.distinct_ids(database, "c", first=ids[4], last=ids[2]) == 0


@pytest.mark.usefixtures("ids")
def test_an_explained_command_that_fails_is_an_error(store: engine.Store, database: str) -> None:
    pipeline = [{"$project": {"x": {"$divide": ["$n", 0]}}}]
    command = {"aggregate": "c", "pipeline": pipeline, "cursor": {}}
    with pytest.raises(engine.Error):
        store.command(database, {"explain": command, "verbosity": "executionStats"})
    assert store.command(database, {"ping": 1})["ok"] == 1
