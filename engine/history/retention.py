"""Removal of superseded versions by age or by number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from engine.history.versions import SUFFIX
from engine.store import Store

_BATCH_SIZE = 1_000


@dataclass(frozen=True)
class ExcessVersions:
    """A document with too many versions: those up to `version`, which ended at `until`, are to be pruned."""

    document: ObjectId
    version: int
    until: datetime


def delete_versions(store: Store, database: str, physical: str, *, before: datetime) -> int:
    """Delete permanently the versions that ended before a time, and return their number."""
    return store.delete_where(database, physical + SUFFIX, {"to": {"$lte": before}})


def find_excess_versions(store: Store, database: str, physical: str, *, max_versions: int) -> list[ExcessVersions]:
    """Find up to 1,000 documents with more than `max_versions` versions, and the newest version to prune."""
    stages: list[dict[str, Any]] = [
        {"$sort": {"doc": 1, "version": -1}},
        {"$group": {"_id": "$doc", "versions": {"$push": {"n": "$version", "to": "$to"}}}},
        {"$project": {"first": {"$arrayElemAt": ["$versions", max_versions]}}},
        {"$match": {"first": {"$exists": True}}},
        {"$limit": _BATCH_SIZE},
    ]
    groups = store.aggregate(database, physical + SUFFIX, stages)
    return [ExcessVersions(item["_id"], item["first"]["n"], item["first"]["to"]) for item in groups]


def prune_versions(store: Store, database: str, physical: str, surplus: Sequence[ExcessVersions]) -> int:
    """Delete permanently the excess versions and return their number."""
    return sum(
        store.delete_where(database, physical + SUFFIX, {"doc": item.document, "version": {"$lte": item.version}})
        for item in surplus
    )
