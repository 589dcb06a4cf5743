"""Documents that match a query: one page of them, or all in batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from engine.actions import Action
from engine.context.context import Context
from engine.errors import Invalid, TimedOut, TooLarge
from engine.query.nearness import split_nearness
from engine.query.query import Count, Page, Query
from engine.read.expand import Expansion
from engine.read.pages import Pages

BATCH_SIZE = 256


def find(context: Context, query: Query) -> Page:
    """Return one page, with its references expanded where the query asks for it."""
    context.require(Action.READ)
    pages = Pages.of(context)
    if not query.expand:
        return pages.page(query)
    expansion = Expansion(context.store, context.database, context.siblings)
    tree = expansion.check(context.spec.schema, query.expand)
    page = pages.page(query)
    expansion.expand(page.documents, context.spec.schema, tree)
    return page


def find_all(context: Context, query: Query, *, size: int = BATCH_SIZE) -> Iterator[list[dict[str, Any]]]:
    """Return every document that matches, in batches of at most `size`, page by page.

    A document that changes in the meantime is read before or after the change, but never twice and never skipped.
    Raises at once, before the first batch, where the query has an order that batches cannot have.
    """
    context.require(Action.READ)
    if split_nearness(query.filter, root=query.root, limits=context.store.limits)[1]:
        raise Invalid.of_field(query.root, "All documents at once have no order by distance; use $geoWithin.")
    if query.score:
        raise Invalid.of_field("score", "All documents at once have no order by score.")
    return _batches(context, query, min(size, context.store.limits.page_size))


def _batches(context: Context, query: Query, size: int) -> Iterator[list[dict[str, Any]]]:
    pages, cursor = Pages.of(context), ""
    while True:
        try:
            page = pages.page(replace(query, skip=0, limit=size, cursor=cursor, count=Count.NONE))
        except (TimedOut, TooLarge):
            if size == 1:
                raise
            size //= 4
            continue
        yield page.documents
        if page.next is None:
            return
        cursor = page.next
