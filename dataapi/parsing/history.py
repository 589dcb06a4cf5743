"""What the routes of the time machine read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId
from django.conf import settings

import engine
from web.parameters import Parameters
from web.parsing import SAFEGUARDS

_DEFAULT_PAGE_SIZE = 50
_NAMED = ("database_id", "collection_name", "document_id")


@dataclass(frozen=True)
class OfDocument:
    """One document, with what a route asks of its states; what a route does not use is 0."""

    database_id: str
    collection: str
    document_id: ObjectId
    skip: int = 0
    limit: int = 0
    number: int = 0
    one: int = 0
    other: int = 0


@dataclass(frozen=True)
class Search:
    """A question to all states of a collection."""

    database_id: str
    collection: str
    query: engine.Query


def states(values: Mapping[str, Any]) -> OfDocument:
    given = Parameters(values)
    target = _document(given)
    skip, limit = _page(given)
    given.check()
    return OfDocument(**target, skip=skip, limit=limit)


def version(values: Mapping[str, Any]) -> OfDocument:
    return _with_numbers(Parameters(values), number="version")


def diff(values: Mapping[str, Any]) -> OfDocument:
    return _with_numbers(Parameters(values), one="from", other="to")


def restore(body: Mapping[str, Any]) -> OfDocument:
    given = Parameters(body)
    given.reject_unknown(*_NAMED, "version", *SAFEGUARDS)
    target = _document(given)
    number = body.get("version")
    if type(number) is not int or number < 1:
        given.add_error("version", "version must be a whole number of at least 1")
    given.check()
    return OfDocument(**target, number=number or 0)


@dataclass(frozen=True)
class Restoring:
    """A collection, or without a name all of them, to be taken back to a moment."""

    database_id: str
    collection: str | None
    moment: datetime
    dry_run: bool


def restore_to(body: Mapping[str, Any]) -> Restoring:
    given = Parameters(body)
    # What is mistyped here must not take back a whole database.
    given.reject_unknown(*_NAMED, "version", "as_of", *SAFEGUARDS)
    database_id = given.text("database_id")
    collection = given.text("collection_name") if "collection_name" in body else None
    for name in ("document_id", "version"):
        if name in body:
            given.add_error(name, f"{name} does not go with as_of")
    moment = given.past_datetime("as_of", required=True)
    dry_run = given.boolean("dry_run", default=False)
    given.check()
    assert moment is not None
    return Restoring(database_id, collection, moment, dry_run)


@dataclass(frozen=True)
class Forgetting:
    """A collection whose versions are to go that ended before a moment."""

    database_id: str
    collection: str
    before: datetime


def forgetting(body: Mapping[str, Any]) -> Forgetting:
    given = Parameters(body)
    given.reject_unknown("database_id", "collection_name", "before", *SAFEGUARDS)
    database_id, collection = given.text("database_id"), given.text("collection_name")
    before = given.past_datetime("before", required=True)
    given.check()
    assert before is not None
    return Forgetting(database_id, collection, before)


def undelete(body: Mapping[str, Any]) -> OfDocument:
    given = Parameters(body)
    target = _document(given)
    given.check()
    return OfDocument(**target)


def search(values: Mapping[str, Any]) -> Search:
    given = Parameters(values)
    database_id, collection = given.text("database_id"), given.text("collection_name")
    filters = given.json("filters", default={})
    if type(filters) is not dict:
        given.add_error("filters", "filters must be a JSON object")
    skip, limit = _page(given)
    given.check()
    return Search(database_id, collection, engine.Query(filter=filters, skip=skip, limit=limit))


def _with_numbers(given: Parameters, **names: str) -> OfDocument:
    target = _document(given)
    numbers = {field: _required_number(given, name) for field, name in names.items()}
    given.check()
    return OfDocument(**target, **numbers)


def _required_number(given: Parameters, name: str) -> int:
    return given.integer(name, default=1) if given.text(name) else 0


def _document(given: Parameters) -> dict[str, Any]:
    found = {"database_id": given.text("database_id"), "collection": given.text("collection_name")}
    text = given.text("document_id")
    if text and not ObjectId.is_valid(text):
        given.add_error("document_id", "document_id must be an id of 24 hexadecimal digits")
        text = ""
    return {**found, "document_id": ObjectId(text or None)}


def _page(given: Parameters) -> tuple[int, int]:
    page = given.integer("page", default=1)
    size = given.integer("page_size", default=_DEFAULT_PAGE_SIZE, max_value=settings.MAX_PAGE_SIZE)
    if page * size >= 2**31:
        given.add_error("page", "There are no pages that far on.")
    return (page - 1) * size, size
