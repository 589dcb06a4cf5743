"""Rows as they were at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings

import engine
from catalog.services.hidden_fields import ROWID
from engine.query import Ids

Row = dict[str, Any]


def read_as_of(
    collection: engine.Collection, query: engine.Query, timestamp: datetime, *, most: int
) -> tuple[list[Row], int]:
    """Return the first `most` documents that matched at a time, and how many matched."""
    rows: list[Row] = []
    total, size = 0, min(settings.MAX_PAGE_SIZE, most)
    while len(rows) < most:
        limit = min(size, most - len(rows))
        page = collection.history.as_of(replace(query, skip=query.skip + len(rows), limit=limit), timestamp)
        rows += page.documents
        total = page.total or 0
        if len(page.documents) < limit:
            break
    _add_rowids(collection, rows, query)
    return rows, total


def _add_rowids(collection: engine.Collection, rows: Sequence[Row], query: engine.Query) -> None:
    """Add the rowids of today to rows whose collection had none at that time."""
    if query.fields and ROWID not in query.fields:
        return
    without = {row["_id"]: row for row in rows if row.get(ROWID) is None}
    ids = [*without]
    for start in range(0, len(ids), settings.MAX_PAGE_SIZE):
        some = Ids(ids[start : start + settings.MAX_PAGE_SIZE])
        current = engine.Query(
            {"_id": {"$in": some}}, fields={ROWID: 1}, limit=settings.MAX_PAGE_SIZE, count=engine.Count.NONE
        )
        for document in collection.find(current).documents:
            without[document["_id"]][ROWID] = document[ROWID]
