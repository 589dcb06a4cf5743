"""Reads of several pages of documents as one list, with a cap."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings

import engine
from dialects.airsequel.graphql.resolvers.past import read_as_of


def read(
    collection: engine.Collection, query: engine.Query, *, limit: int | None, as_of: datetime | None = None
) -> list[dict[str, Any]]:
    """Return the documents that match, at most `limit`, or those that matched at a time.

    Without a limit raises `TooLarge` beyond a cap.
    """
    most = settings.GRAPHQL_MAX_ROWS + 1 if limit is None else limit
    if as_of is None:
        rows, total = _read_now(collection, query, most=most), None
    else:
        rows, total = read_as_of(collection, query, as_of, most=most)
    if limit is None and len(rows) == most:
        total = total or collection.find(replace(query, limit=1, count=engine.Count.EXACT)).total
        most = settings.GRAPHQL_MAX_ROWS
        text = f"The query has {total} rows, more than {most} (GRAPHQL_MAX_ROWS); set a limit, such as `limit: 50`."
        raise engine.TooLarge(text)
    return rows


def _read_now(collection: engine.Collection, query: engine.Query, *, most: int) -> list[dict[str, Any]]:
    page_size = min(settings.MAX_PAGE_SIZE, most)
    page = collection.find(replace(query, limit=page_size))
    rows = page.documents
    while page.next and len(rows) < most:
        further = replace(query, skip=0, limit=min(page_size, most - len(rows)), cursor=page.next)
        page = collection.find(further)
        rows += page.documents
    return rows
