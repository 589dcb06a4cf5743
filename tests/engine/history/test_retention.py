"""Removal of superseded versions by age and by number."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from bson import ObjectId
from pymongo import MongoClient

import engine
from engine.history.retention import ExcessVersions, delete_versions, find_excess_versions, prune_versions

FIRST, SECOND = ObjectId("5f" * 12), ObjectId("60" * 12)
Mongo = MongoClient[dict[str, Any]]


def day(number: int) -> datetime:
    return datetime(2024, 1, number)


@pytest.fixture
def versions(mongo: Mongo, database: str) -> Any:
    """Store four versions of one document and one of another, each until the day of its number."""
    collection = mongo[database]["things.versions"]
    pairs = [(FIRST, 2), (SECOND, 1), (FIRST, 4), (FIRST, 1), (FIRST, 3)]
    collection.insert_many([{"doc": name, "version": number, "to": day(number)} for name, number in pairs])
    return collection


def stored(versions: Any) -> set[tuple[ObjectId, int]]:
    return {(version["doc"], version["version"]) for version in versions.find()}


@pytest.mark.parametrize(
    ("before", "count", "left"), [(datetime(2023, 12, 31), 0, 5), (day(1), 2, 3), (day(3), 4, 1), (day(9), 5, 0)]
)
def test_versions_are_deleted_that_ended_until_a_time(
    store: engine.Store, database: str, versions: Any, before: datetime, count: int, left: int
) -> None:
    assert delete_versions(store, database, "things", before=before) == count
    assert len(stored(versions)) == left


@pytest.mark.parametrize(
    ("max_versions", "expected"),
    [
        (4, []),
        (3, [ExcessVersions(FIRST, 1, day(1))]),
        (1, [ExcessVersions(FIRST, 3, day(3))]),
        (0, [ExcessVersions(FIRST, 4, day(4)), ExcessVersions(SECOND, 1, day(1))]),
    ],
)
def test_the_newest_version_beyond_the_number_is_reported(
    store: engine.Store, database: str, versions: Any, max_versions: int, expected: list[ExcessVersions]
) -> None:
    excess = find_excess_versions(store, database, "things", max_versions=max_versions)
    assert sorted(excess, key=lambda item: item.document) == expected


def test_pruning_keeps_the_newest_versions(store: engine.Store, database: str, versions: Any) -> None:
    assert prune_versions(store, database, "things", []) == 0
    excess = find_excess_versions(store, database, "things", max_versions=1)
    assert prune_versions(store, database, "things", excess) == 3
    assert stored(versions) == {(FIRST, 4), (SECOND, 1)}
    assert find_excess_versions(store, database, "things", max_versions=1) == []


def test_a_collection_without_versions_has_none_to_remove(store: engine.Store, database: str) -> None:
    assert delete_versions(store, database, "things", before=day(9)) == 0
    assert find_excess_versions(store, database, "things", max_versions=0) == []
