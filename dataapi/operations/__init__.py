"""The declared operations of the data API, by subject."""

from __future__ import annotations

from dataapi.operations import bulk, documents, events, files, history, indexes, queries, restores, sql, v2, writes

OPERATIONS = (
    writes.INSERT,
    documents.FIND,
    writes.UPDATE,
    writes.DELETE,
    bulk.BULK,
    *queries.OPERATIONS,
    *sql.OPERATIONS,
    *indexes.OPERATIONS,
    *history.OPERATIONS,
    *restores.OPERATIONS,
    events.EVENTS,
    *v2.OPERATIONS,
    *files.OPERATIONS,
)
