"""Makes and removes what a collection has inside MongoDB."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId

from engine.archive import INDEXES, SUFFIX
from engine.collection import COUNTERS, Spec
from engine.store import Store

_OVER_AT_ONCE = 1_000
# Creating a collection is mostly waiting for the journal; MongoDB lets these waits overlap.
_CONCURRENT_CREATIONS = 8


@dataclass(frozen=True)
class Surplus:
    """A document's versions up to this one, which ended then, are too many."""

    document: ObjectId
    version: int
    until: datetime


@dataclass(frozen=True)
class Size:
    """In bytes: documents as they are written, what they and their history take on disk, and the indexes."""

    data: int
    storage: int
    indexes: int

    @property
    def total(self) -> int:
        return self.storage + self.indexes


def database_size(store: Store, database: str) -> Size:
    """Of a whole database, the history of its documents included."""
    found = store.command(database, {"dbStats": 1})
    return Size(int(found["dataSize"]), int(found["storageSize"]), int(found["indexSize"]))


def make_storage(store: Store, database: str, specs: Sequence[Spec]) -> None:
    """Create collections with their unique indexes and, where they keep history, their versions. Idempotent."""
    if specs:
        with ThreadPoolExecutor(min(_CONCURRENT_CREATIONS, len(specs))) as pool:
            list(pool.map(lambda spec: _make_one(store, database, spec), specs))


def _make_one(store: Store, database: str, spec: Spec) -> None:
    store.create(database, spec.physical, unique=spec.schema.unique)
    if spec.history:
        store.create(database, spec.physical + SUFFIX, unique={}, indexes=INDEXES)


def drop_storage(store: Store, database: str, physical: str) -> None:
    """Removes a collection with all its versions and counters, for good."""
    for name in (physical, physical + SUFFIX, physical + COUNTERS):
        store.drop_collection(database, name)


def forget_versions(store: Store, database: str, physical: str, *, before: datetime) -> int:
    """Removes, for good, the versions that ended by then; how many there were."""
    return store.delete_where(database, physical + SUFFIX, {"to": {"$lte": before}})


def over_bound(store: Store, database: str, physical: str, *, most: int) -> list[Surplus]:
    """Of the documents that have more than `most` versions, some: from which version back there are too many."""
    stages = [
        {"$sort": {"doc": 1, "version": -1}},
        {"$group": {"_id": "$doc", "versions": {"$push": {"n": "$version", "to": "$to"}}}},
        {"$project": {"first": {"$arrayElemAt": ["$versions", most]}}},
        {"$match": {"first": {"$exists": True}}},
        {"$limit": _OVER_AT_ONCE},
    ]
    found = store.aggregate(database, physical + SUFFIX, stages)
    return [Surplus(item["_id"], item["first"]["n"], item["first"]["to"]) for item in found]


def forget_surplus(store: Store, database: str, physical: str, surplus: Sequence[Surplus]) -> int:
    """Removes, for good, the versions that are too many."""
    return sum(
        store.delete_where(database, physical + SUFFIX, {"doc": item.document, "version": {"$lte": item.version}})
        for item in surplus
    )
