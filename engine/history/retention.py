"""Removal of superseded versions by age or by number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId

from engine.history.versions import SUFFIX
from engine.store import Store

_OVER_AT_ONCE = 1_000


@dataclass(frozen=True)
class Surplus:
    """A document's versions up to this one, which ended then, are too many."""

    document: ObjectId
    version: int
    until: datetime


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
