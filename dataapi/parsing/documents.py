"""What GET /api/crud reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

import engine
from api.parameters import Parameters

DEFAULT_PAGE_SIZE = 50
_DIRECTIONS = (1, -1)


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
        given.fault("filters", "filters must be a JSON object")
    page = given.whole("page", default=1)
    size = given.whole("page_size", default=DEFAULT_PAGE_SIZE, most=settings.MAX_PAGE_SIZE)
    if page * size >= 2**31:
        given.fault("page", "There are no pages that far on.")
    sort, fields = _sort(given, values.get("sort", "")), _fields(given, values.get("fields", ""))
    as_of = given.past("as_of")
    cursor, count = _cursor(given, values), _count(given, values)
    explain = _explain(given, values)
    expand = _expand(given, values)
    given.check()
    query = engine.Query(
        filter=filters,
        sort=sort,
        fields=fields,
        skip=(page - 1) * size,
        limit=size,
        cursor=cursor,
        count=count,
        expand=expand,
    )
    return Read(database_id, collection, query, None if cursor else page, size, as_of, explain)


def _cursor(given: Parameters, values: Mapping[str, str]) -> str:
    cursor = given.text("cursor", default="")
    for name in ("page", "as_of"):
        if cursor and values.get(name):
            given.fault(name, f"{name} does not go with cursor")
    return cursor


def _count(given: Parameters, values: Mapping[str, str]) -> engine.Count | None:
    text = values.get("count", "")
    if not text:
        return None
    if values.get("as_of"):
        given.fault("count", "count does not go with as_of")
    try:
        return engine.Count(text)
    except ValueError:
        given.fault("count", f"count must be one of {', '.join(engine.Count)}")
        return None


def _explain(given: Parameters, values: Mapping[str, str]) -> bool:
    text = values.get("explain", "")
    if text not in ("", "true", "false"):
        given.fault("explain", "explain must be true or false")
    elif text == "true" and values.get("as_of"):
        given.fault("explain", "explain does not go with as_of")
    return text == "true"


def _expand(given: Parameters, values: Mapping[str, str]) -> tuple[str, ...]:
    """`author,tags,author.company`."""
    text = values.get("expand", "")
    if text and values.get("as_of"):
        given.fault("expand", "expand does not go with as_of")
    return tuple(text.split(",")) if text else ()


def _sort(given: Parameters, text: str) -> tuple[tuple[str, int], ...]:
    """`name,-released`, or a JSON object `{"name": 1, "released": -1}`."""
    if not text:
        return ()
    if not text.lstrip().startswith("{"):
        return tuple((name.removeprefix("-"), -1 if name.startswith("-") else 1) for name in text.split(","))
    found = given.json("sort", default={})
    if type(found) is not dict or not all(type(way) is int and way in _DIRECTIONS for way in found.values()):
        given.fault("sort", "sort must give each field 1 or -1")
        return ()
    return tuple(found.items())


def _fields(given: Parameters, text: str) -> dict[str, int]:
    """`name,email` or `-notes`, or a JSON object `{"name": 1}` or `{"notes": 0}`."""
    if not text:
        return {}
    if not text.lstrip().startswith("{"):
        return {name.removeprefix("-"): 0 if name.startswith("-") else 1 for name in text.split(",")}
    found = given.json("fields", default={})
    if type(found) is not dict or not all(type(kept) is int and kept in (0, 1) for kept in found.values()):
        given.fault("fields", "fields must give each field 0 or 1")
        return {}
    return found
