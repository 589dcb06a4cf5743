"""Deleted documents as they were last: the stages of a pipeline over the versions of a collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.history.versions import Archive


def deleted_documents(archive: Archive, filter: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the first stages, which leave the last version of each matching document that does not exist now.

    Only ids are grouped; a version is looked up by its document and number, for which there is an index.
    """
    existing = {"from": archive.collection, "localField": "_id", "foreignField": "_id", "as": "existing"}
    last = {"from": archive.name, "let": {"doc": "$_id", "version": "$version"}, "as": "last"}
    own = {"$and": [{"$eq": ["$doc", "$$doc"]}, {"$eq": ["$version", "$$version"]}]}
    return [
        {"$match": {"op": "delete"}},
        {"$group": {"_id": "$doc", "version": {"$max": "$version"}}},
        {"$lookup": {**existing, "pipeline": [{"$project": {"_id": 1}}]}},
        {"$match": {"existing": []}},
        {"$lookup": {**last, "pipeline": [{"$match": {"$expr": own}}]}},
        {"$replaceRoot": {"newRoot": {"$first": "$last.state"}}},
        *archive.visible,
        {"$match": filter},
    ]
