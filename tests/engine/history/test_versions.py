"""Where versions are stored: a collection that is created with the first of them."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from pymongo import MongoClient

import engine
from engine.limits import Limits
from engine.query.query import Query
from engine.update.change import Change
from engine.update.operators import Operators
from engine.write.operations import Delete, Update
from tests.engine.conftest import Make

Mongo = MongoClient[dict[str, Any]]
INDEXES = {"_id_", "doc_1_version_-1", "to_1_from_1"}


@pytest.fixture
def things(make: Make) -> engine.Collection:
    return make(history=True)


def test_a_collection_without_versions_reads_as_empty(
    things: engine.Collection, mongo: Mongo, database: str
) -> None:
    (name,) = things.insert([{"n": 1}])
    (stamps,) = things.history.of_document(name, skip=0, limit=9).documents
    assert stamps["_sys"]["version"] == 1
    assert things.size()["versions"] == things.size()["version_bytes"] == 0
    assert things.update(Query({"n": 2}), Change({"n": 3})) == 0
    assert mongo[database].list_collection_names() == ["things"]


@pytest.mark.parametrize(
    "write",
    [
        lambda things, name: things.update(Query({"_id": name}), Change({"n": 2})),
        lambda things, name: things.update(Query({}), Operators({"$inc": {"n": 1}})),
        lambda things, name: things.change(Query({"_id": name}), Change({"n": 2})),
        lambda things, name: things.delete(Query({"_id": name})),
        lambda things, name: things.delete(Query({})),
        lambda things, name: things.in_transaction(lambda to: to.update(Query({"_id": name}), Change({"n": 2}))),
        lambda things, name: things.write(Delete(Query({"n": 1}))),
    ],
    ids=["update", "update many", "change", "delete", "delete many", "in a transaction", "write"],
)
def test_the_first_version_creates_the_collection(
    things: engine.Collection, mongo: Mongo, database: str, write: Any
) -> None:
    (name,) = things.insert([{"n": 1}])
    write(things, str(name))
    (version,) = mongo[database]["things.versions"].find()
    assert (version["doc"], version["version"], version["state"]["n"]) == (name, 1, 1)
    assert set(mongo[database]["things.versions"].index_information()) == INDEXES
    assert "validator" in mongo[database]["things.versions"].options()


def test_a_dry_run_stores_no_version(things: engine.Collection, mongo: Mongo, database: str) -> None:
    things.insert([{"n": 1}])
    assert things.preview(Update(Query(), Change({"n": 2}))).count == 1
    assert mongo[database].list_collection_names() == ["things"]


def test_first_versions_at_the_same_time(
    things: engine.Collection, mongo: Mongo, database: str, make: Make
) -> None:
    """From stores of their own, as in several processes."""
    names = things.insert([{"n": number} for number in range(16)])
    stores = [engine.Store(settings.MONGODB_URI, limits=Limits(query_seconds=20)) for _ in range(4)]
    handles = [make(history=True, on=store) for store in stores]
    with ThreadPoolExecutor(16) as threads:
        counts = threads.map(
            lambda item: handles[item[0] % 4].update(Query({"_id": str(item[1])}), Change({"n": -1})),
            enumerate(names),
        )
        assert [*counts] == [1] * 16
    versions = [*mongo[database]["things.versions"].find()]
    assert sorted(version["state"]["n"] for version in versions) == [*range(16)]
    assert set(mongo[database]["things.versions"].index_information()) == INDEXES


def test_a_process_creates_the_indexes_that_a_killed_one_did_not(
    things: engine.Collection, mongo: Mongo, database: str
) -> None:
    mongo[database].create_collection("things.versions")
    things.insert([{"n": 1}])
    assert things.update(Query({}), Change({"n": 2})) == 1
    assert set(mongo[database]["things.versions"].index_information()) == INDEXES


def test_a_pipeline_over_a_past_state(things: engine.Collection) -> None:
    things.insert([{"n": 1}, {"n": 2}, {"n": 30}])
    time.sleep(0.005)
    then = datetime.now(UTC).replace(tzinfo=None)
    time.sleep(0.005)
    things.update(Query({"n": 1}), Change({"n": 100}))
    things.delete(Query({"n": 2}))
    total = [{"$group": {"_id": None, "sum": {"$sum": "$n"}}}]
    assert things.aggregate(total) == [{"_id": None, "sum": 130}]
    assert things.history.aggregate_as_of(Query({"n": {"$lt": 30}}), total, then) == [{"_id": None, "sum": 3}]
    with pytest.raises(engine.Invalid):
        things.history.aggregate_as_of(Query(), [{"$out": "other"}], then)
    with pytest.raises(engine.Forbidden):
        replace(things, allowed=frozenset()).history.aggregate_as_of(Query(), total, then)
