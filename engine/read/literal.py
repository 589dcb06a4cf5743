"""Documents that the caller supplies, matched, sorted and projected as stored ones are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.query.error_location import attach_error_location
from engine.query.query import Query
from engine.schema.schema import Schema
from engine.store import Store

_MAX_DOCUMENTS = 10_000


def match_documents(
    store: Store, database: str, documents: Sequence[Mapping[str, Any]], query: Query
) -> list[dict[str, Any]]:
    """Return those of at most 10,000 documents that match the query; `limit` 0 is all of them.

    MongoDB evaluates the query, so that its language means the same as for stored documents.
    """
    limits = store.limits
    stages: list[dict[str, Any]] = [{"$documents": {"$literal": [*documents[:_MAX_DOCUMENTS]]}}]
    stages += [
        {"$match": query.compiled(Schema(), limits=limits)},
        {"$sort": dict(query.checked_sort(limits=limits))},
    ]
    fields = query.checked_fields(limits=limits)
    stages += [{"$skip": query.skip}] if query.skip else []
    stages += [{"$limit": query.limit}] if query.limit else []
    stages += [{"$project": fields}] if fields else []
    command = {"aggregate": 1, "pipeline": stages, "cursor": {"batchSize": _MAX_DOCUMENTS + 1}}
    with attach_error_location(query.request):
        return store.first_batch(database, command, enough=_MAX_DOCUMENTS + 1)
