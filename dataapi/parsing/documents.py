"""What GET /api/crud reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

import engine
from web.parameters import Parameters
from web.queries import collation, order, projection

DEFAULT_PAGE_SIZE = 50
_MAX_PAGE = 2**31 - 1


@dataclass(frozen=True)
class Read:
    """A list request; a page after a cursor has no number."""

    database_id: str
    collection: str
    query: engine.Query
    page: int | None
    page_size: int
    as_of: datetime | None
    explain: bool


def read(values: Mapping[str, str]) -> Read:
    """The query string of GET."""
    given = Parameters(values)
    database_id, collection = given.text("database_id"), given.text("collection_name")
    filters = given.json("filters", default={})
    if type(filters) is not dict:
        given.add_error("filters", "filters must be a JSON object")
    page = given.clamped("page", default=1, max_value=_MAX_PAGE)
    size = given.clamped("page_size", default=DEFAULT_PAGE_SIZE, max_value=settings.MAX_PAGE_SIZE)
    if page * size >= 2**31:
        given.add_error("page", "There are no pages that far on.")
    sort, fields = order(given, values.get("sort", "")), projection(given, values.get("fields", ""))
    as_of = given.past_datetime("as_of")
    cursor, count = _cursor(given, values), _count(given, values)
    explain = _explain(given, values)
    expand = _expand(given, values)
    query = engine.Query(
        filter=filters,
        sort=sort,
        fields=fields,
        skip=(page - 1) * size,
        limit=size,
        cursor=cursor,
        count=count,
        expand=expand,
        collation=collation(given, given.json("collation", default=None)),
        score=_true(given, values, "score"),
    )
    for name in ("collation", "score"):
        if getattr(query, name) and as_of:
            given.add_error(name, f"{name} does not go with as_of")
    if query.score and explain:
        given.add_error("score", "score does not go with explain")
    given.check()
    return Read(database_id, collection, query, None if cursor else page, size, as_of, explain)


def _cursor(given: Parameters, values: Mapping[str, str]) -> str:
    cursor = given.text("cursor", default="")
    for name in ("page", "as_of"):
        if cursor and values.get(name):
            given.add_error(name, f"{name} does not go with cursor")
    return cursor


def _count(given: Parameters, values: Mapping[str, str]) -> engine.Count | None:
    text = values.get("count", "")
    if not text:
        return None
    if values.get("as_of"):
        given.add_error("count", "count does not go with as_of")
    try:
        return engine.Count(text)
    except ValueError:
        given.add_error("count", f"count must be one of {', '.join(engine.Count)}")
        return None


def _explain(given: Parameters, values: Mapping[str, str]) -> bool:
    found = _true(given, values, "explain")
    if found and values.get("as_of"):
        given.add_error("explain", "explain does not go with as_of")
    return found


def _true(given: Parameters, values: Mapping[str, str], name: str) -> bool:
    """Return whether a parameter is `true`; it may be `false` or absent."""
    text = values.get(name, "")
    if text not in ("", "true", "false"):
        given.add_error(name, f"{name} must be true or false")
    return text == "true"


def _expand(given: Parameters, values: Mapping[str, str]) -> tuple[str, ...]:
    """`author,tags,author.company`."""
    text = values.get("expand", "")
    if text and values.get("as_of"):
        given.add_error("expand", "expand does not go with as_of")
    return tuple(text.split(",")) if text else ()
