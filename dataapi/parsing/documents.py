"""The parser of GET /api/crud."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

import engine
from web.requests.parameters import Parameters
from web.requests.queries import collation, order, projection

DEFAULT_PAGE_SIZE = 50
_MAX_PAGE = 2**31 - 1


@dataclass(frozen=True)
class Read:
    """A parsed list request; a page after a cursor has no number."""

    database_id: str
    collection: str
    query: engine.Query
    page: int | None
    page_size: int
    as_of: datetime | None
    explain: bool


def read(values: Mapping[str, str]) -> Read:
    """Parse the query string of GET. Raises `Invalid` with every error."""
    params = Parameters(values)
    database_id, collection = params.text("database_id"), params.text("collection_name")
    filters = params.json("filters", default={})
    if type(filters) is not dict:
        params.add_error("filters", "filters must be a JSON object")
    page = params.clamped("page", default=1, max_value=_MAX_PAGE)
    page_size = params.clamped("page_size", default=DEFAULT_PAGE_SIZE, max_value=settings.MAX_PAGE_SIZE)
    if page * page_size >= 2**31:
        params.add_error("page", "page is too large: page times page_size must be less than 2147483648")
    sort, fields = order(params, values.get("sort", "")), projection(params, values.get("fields", ""))
    as_of = params.past_datetime("as_of")
    cursor, count = _cursor(params, values), _count(params, values)
    explain = _explain(params, values)
    expand = _expand(params, values)
    query = engine.Query(
        filter=filters,
        sort=sort,
        fields=fields,
        skip=(page - 1) * page_size,
        limit=page_size,
        cursor=cursor,
        count=count,
        expand=expand,
        collation=collation(params, params.json("collation", default=None)),
        score=_true(params, values, "score"),
    )
    for name in ("collation", "score"):
        if getattr(query, name) and as_of:
            params.add_error(name, f"{name} does not go with as_of")
    if query.score and explain:
        params.add_error("score", "score does not go with explain")
    params.check()
    return Read(database_id, collection, query, None if cursor else page, page_size, as_of, explain)


def _cursor(params: Parameters, values: Mapping[str, str]) -> str:
    cursor = params.text("cursor", default="")
    for name in ("page", "as_of"):
        if cursor and values.get(name):
            params.add_error(name, f"{name} does not go with cursor")
    return cursor


def _count(params: Parameters, values: Mapping[str, str]) -> engine.Count | None:
    text = values.get("count", "")
    if not text:
        return None
    if values.get("as_of"):
        params.add_error("count", "count does not go with as_of")
    try:
        return engine.Count(text)
    except ValueError:
        params.add_error("count", f"count must be one of {', '.join(engine.Count)}")
        return None


def _explain(params: Parameters, values: Mapping[str, str]) -> bool:
    is_explain = _true(params, values, "explain")
    if is_explain and values.get("as_of"):
        params.add_error("explain", "explain does not go with as_of")
    return is_explain


def _true(params: Parameters, values: Mapping[str, str], name: str) -> bool:
    """Return whether a parameter is `true`; it may be `false` or absent."""
    text = values.get(name, "")
    if text not in ("", "true", "false"):
        params.add_error(name, f"{name} must be true or false")
    return text == "true"


def _expand(params: Parameters, values: Mapping[str, str]) -> tuple[str, ...]:
    """Parse a list of references such as `author,tags,author.company`."""
    text = values.get("expand", "")
    if text and values.get("as_of"):
        params.add_error("expand", "expand does not go with as_of")
    return tuple(text.split(",")) if text else ()
