"""Lists of documents: in batches, so that memory does not grow with their number, and without a default limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain, islice
from typing import Any

import engine
from engine.history import VersionPage

Documents = list[dict[str, Any]]
# More documents than this are read in batches.
_MAX_AT_ONCE = 256


def read(collection: engine.Collection, query: engine.Query, *, skip: int, limit: int) -> Iterator[Documents]:
    """Yield the documents that match, in batches; `limit` 0 is all of them."""
    if 0 < limit <= _MAX_AT_ONCE:
        page = _page(collection, replace(query, skip=skip, limit=limit))
        if page is not None:
            return iter([page])
    batches = collection.each(query)
    return batches if not limit else _some(batches, skip=skip, limit=limit)


def pages(
    fetch: Callable[[engine.Query], VersionPage], query: engine.Query, *, skip: int, limit: int
) -> Iterator[Documents]:
    """Yield pages of versions, in batches; `limit` 0 is all of them. The first one is read at once."""
    batches = _pages(fetch, query, skip=skip, limit=limit)
    first = next(batches)
    return chain([first], batches)


def _pages(
    fetch: Callable[[engine.Query], VersionPage], query: engine.Query, *, skip: int, limit: int
) -> Iterator[Documents]:
    end = skip + limit
    while True:
        size = min(_MAX_AT_ONCE, end - skip) if limit else _MAX_AT_ONCE
        page = fetch(replace(query, skip=skip, limit=size))
        yield page.documents
        skip += len(page.documents)
        if not page.has_more or skip == end:
            return


def _page(collection: engine.Collection, query: engine.Query) -> Documents | None:
    """Return a page; None where its documents are too large to be read at once."""
    try:
        return collection.find(replace(query, count=engine.Count.NONE)).documents
    except engine.TooLarge:
        return None


def _some(batches: Iterator[Documents], *, skip: int, limit: int) -> Iterator[Documents]:
    documents = islice((item for batch in batches for item in batch), skip, skip + limit)
    while batch := [*islice(documents, _MAX_AT_ONCE)]:
        yield batch
