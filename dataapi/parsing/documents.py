"""What /api/crud reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

import engine
from api.parameters import Parameters

DEFAULT_PAGE_SIZE = 50
_DIRECTIONS = (1, -1)


@dataclass(frozen=True)
class Read:
    """A list request."""

    database_id: str
    collection: str
    query: engine.Query
    page: int
    page_size: int
    as_of: datetime | None


@dataclass(frozen=True)
class Write:
    """An insert, update or delete; what a verb does not use is empty."""

    database_id: str
    collection: str
    documents: list[Any]
    query: engine.Query
    change: engine.Change


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
    as_of = _moment(given, values.get("as_of", ""))
    given.check()
    query = engine.Query(filter=filters, sort=sort, fields=fields, skip=(page - 1) * size, limit=size)
    return Read(database_id, collection, query, page, size, as_of)


def insertion(body: Mapping[str, Any]) -> Write:
    """The body of POST: the documents are in `data` or in `documents`."""
    given = Parameters(body)
    database_id, collection = given.text("database_id"), given.text("collection_name")
    name = "documents" if "documents" in body and "data" not in body else "data"
    documents = body.get(name)
    if type(documents) is not list or not documents:
        given.fault(name, f"{name} must be an array of at least one document")
    elif "data" in body and "documents" in body:
        given.fault("documents", "Send the documents in data or in documents, not in both.")
    given.check()
    return Write(database_id, collection, documents or [], engine.Query(), engine.Change({}))


def update(body: Mapping[str, Any]) -> Write:
    """The body of PUT."""
    given = Parameters(body)
    database_id, collection = given.text("database_id"), given.text("collection_name")
    filters = _deliberate_filters(given, body)
    values = given.object("update_data")
    if not values and type(body.get("update_data")) is dict:
        given.fault("update_data", "update_data must name at least one field")
    everywhere = given.flag("update_all_fields", default=True)
    given.check()
    change = engine.Change(values, only_existing=not everywhere)
    return Write(database_id, collection, [], engine.Query(filter=filters), change)


def deletion(body: Mapping[str, Any]) -> Write:
    """The body of DELETE."""
    given = Parameters(body)
    database_id, collection = given.text("database_id"), given.text("collection_name")
    filters = _deliberate_filters(given, body)
    given.flag("soft_delete", default=True)
    given.check()
    return Write(database_id, collection, [], engine.Query(filter=filters), engine.Change({}))


def _moment(given: Parameters, text: str) -> datetime | None:
    """A time that is over."""
    if not text:
        return None
    try:
        moment = engine.TYPES["datetime"](text)
    except ValueError as problem:
        given.fault("as_of", str(problem))
        return None
    if moment > datetime.now(UTC).replace(tzinfo=None):
        given.fault("as_of", "as_of must be in the past")
    return moment


def _deliberate_filters(given: Parameters, body: Mapping[str, Any]) -> dict[str, Any]:
    """`filters`, where an empty one, which means every document, needs `"all": true` beside it."""
    filters = given.object("filters")
    everything = given.flag("all", default=False)
    if not filters and type(body.get("filters")) is dict and not everything:
        given.fault("filters", 'Empty filters match every document; send "all": true if that is meant.')
    return filters


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
