"""The parsers of the version history and of restores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId
from django.conf import settings

import engine
from web.requests.body import SAFEGUARDS
from web.requests.parameters import Parameters

_DEFAULT_PAGE_SIZE = 50
_NAMED = ("database_id", "collection_name", "document_id")


@dataclass(frozen=True)
class DocumentVersions:
    """One document and the versions to read; members that a route does not use are 0."""

    database_id: str
    collection: str
    document_id: ObjectId
    skip: int = 0
    limit: int = 0
    number: int = 0
    one: int = 0
    other: int = 0


@dataclass(frozen=True)
class HistorySearch:
    """A query over all versions of a collection."""

    database_id: str
    collection: str
    query: engine.Query


def states(values: Mapping[str, Any]) -> DocumentVersions:
    params = Parameters(values)
    target = _document(params)
    skip, limit = _page(params)
    params.check()
    return DocumentVersions(**target, skip=skip, limit=limit)


def version(values: Mapping[str, Any]) -> DocumentVersions:
    return _with_numbers(Parameters(values), number="version")


def diff(values: Mapping[str, Any]) -> DocumentVersions:
    return _with_numbers(Parameters(values), one="from", other="to")


def restore(body: Mapping[str, Any]) -> DocumentVersions:
    params = Parameters(body)
    params.reject_unknown(*_NAMED, "version", *SAFEGUARDS)
    target = _document(params)
    number = body.get("version")
    if type(number) is not int or number < 1:
        params.add_error("version", "version must be a whole number of at least 1")
    params.check()
    return DocumentVersions(**target, number=number or 0)


@dataclass(frozen=True)
class PointInTimeRestore:
    """A collection, or without a name all collections of a database, to restore to a time (naive UTC)."""

    database_id: str
    collection: str | None
    at: datetime
    dry_run: bool


def restore_to(body: Mapping[str, Any]) -> PointInTimeRestore:
    """Parse the body of a restore to a time. Raises `Invalid` for every unknown member."""
    params = Parameters(body)
    # A mistyped name must not restore a whole database.
    params.reject_unknown(*_NAMED, "version", "as_of", *SAFEGUARDS)
    database_id = params.text("database_id")
    collection = params.text("collection_name") if "collection_name" in body else None
    for name in ("document_id", "version"):
        if name in body:
            params.add_error(name, f"{name} does not go with as_of")
    at = params.past_datetime("as_of", required=True)
    dry_run = params.boolean("dry_run", default=False)
    params.check()
    assert at is not None
    return PointInTimeRestore(database_id, collection, at, dry_run)


@dataclass(frozen=True)
class VersionPruning:
    """A collection whose versions that were superseded before a time (naive UTC) are to be deleted."""

    database_id: str
    collection: str
    before: datetime


def pruning(body: Mapping[str, Any]) -> VersionPruning:
    params = Parameters(body)
    params.reject_unknown("database_id", "collection_name", "before", *SAFEGUARDS)
    database_id, collection = params.text("database_id"), params.text("collection_name")
    before = params.past_datetime("before", required=True)
    params.check()
    assert before is not None
    return VersionPruning(database_id, collection, before)


def undelete(body: Mapping[str, Any]) -> DocumentVersions:
    params = Parameters(body)
    target = _document(params)
    params.check()
    return DocumentVersions(**target)


def search(values: Mapping[str, Any]) -> HistorySearch:
    params = Parameters(values)
    database_id, collection = params.text("database_id"), params.text("collection_name")
    filters = params.json("filters", default={})
    if type(filters) is not dict:
        params.add_error("filters", "filters must be a JSON object")
    skip, limit = _page(params)
    params.check()
    return HistorySearch(database_id, collection, engine.Query(filter=filters, skip=skip, limit=limit))


def _with_numbers(params: Parameters, **names: str) -> DocumentVersions:
    target = _document(params)
    numbers = {field: _required_number(params, name) for field, name in names.items()}
    params.check()
    return DocumentVersions(**target, **numbers)


def _required_number(params: Parameters, name: str) -> int:
    return params.integer(name, default=1) if params.text(name) else 0


def _document(params: Parameters) -> dict[str, Any]:
    target = {"database_id": params.text("database_id"), "collection": params.text("collection_name")}
    text = params.text("document_id")
    if text and not ObjectId.is_valid(text):
        params.add_error("document_id", "document_id must be an id of 24 hexadecimal digits")
        text = ""
    return {**target, "document_id": ObjectId(text or None)}


def _page(params: Parameters) -> tuple[int, int]:
    page = params.integer("page", default=1)
    size = params.integer("page_size", default=_DEFAULT_PAGE_SIZE, max_value=settings.MAX_PAGE_SIZE)
    if page * size >= 2**31:
        params.add_error("page", "page is too large: page times page_size must be less than 2147483648")
    return (page - 1) * size, size
