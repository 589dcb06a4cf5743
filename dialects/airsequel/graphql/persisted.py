"""Automatic persisted queries: a client sends the hash of a query, and its text only where that is unknown."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from django.conf import settings

import engine
from dialects.airsequel.graphql.execution import GraphOperation
from dialects.airsequel.graphql.schema.cache import RecentlyUsed
from engine.encoding import dumps

# Texts in a process, of all databases; a client sends again what another one has displaced.
_MAX_QUERIES = 200
_queries: RecentlyUsed[str] = RecentlyUsed(_MAX_QUERIES)
_WRONG_HASH = "extensions.persistedQuery.sha256Hash is not the hash of the query."
NOT_FOUND = dumps(
    {"errors": [{"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}]}
)


def with_query(operation: GraphOperation, database_id: str) -> GraphOperation | None:
    """Return an operation with its query; None where its hash is unknown in this database.

    A query that is sent with its hash becomes known. Raises `Invalid` for the hash of another one.
    """
    if not operation.hash:
        return operation
    key = (database_id, operation.hash)
    if not operation.query:
        query = _queries.get(key)
        return None if query is None else replace(operation, query=query)
    if hashlib.sha256(operation.query.encode(errors="surrogatepass")).hexdigest() != operation.hash:
        raise engine.Invalid(_WRONG_HASH)
    if len(operation.query) <= settings.GRAPHQL_MAX_QUERY_LENGTH:
        _queries.put(key, operation.query)
    return operation
