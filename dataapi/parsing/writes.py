"""What POST, PUT and DELETE of /api/crud and /api/crud/bulk read, headers included."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import engine
from web.parameters import Parameters
from web.queries import collation

# As `render.etag` writes it: a document's id and its version. A compressed answer has it as a weak one.
_ETAG = re.compile(r'(?:W/)?"([0-9a-f]{24})-([1-9][0-9]{0,17})"')
_KEY = re.compile(r"[ -~]{1,200}")
_ONE_ID = "If-Match goes only with filters that name one _id."


@dataclass(frozen=True)
class Insertion:
    """New documents."""

    database_id: str
    collection: str
    documents: list[Any]


@dataclass(frozen=True)
class Write:
    """An update or a delete; with `dry_run` it is only tried."""

    database_id: str
    collection: str
    operation: engine.Update | engine.Delete
    dry_run: bool


@dataclass(frozen=True)
class Bulk:
    """Several operations on one collection."""

    database_id: str
    collection: str
    bulk: engine.Bulk


def insertion(body: Mapping[str, Any]) -> Insertion:
    """The body of POST: the documents are in `data` or in `documents`."""
    given = Parameters(body)
    database_id, collection = given.text("database_id"), given.text("collection_name")
    name = "documents" if "documents" in body and "data" not in body else "data"
    documents = body.get(name)
    if type(documents) is not list or not documents:
        given.add_error(name, f"{name} must be an array of at least one document")
    elif "data" in body and "documents" in body:
        given.add_error("documents", "Send the documents in data or in documents, not in both.")
    given.check()
    return Insertion(database_id, collection, documents or [])


def update(body: Mapping[str, Any], *, if_match: str | None = None) -> Write:
    """The body of PUT."""
    return _write(body, _update, if_match=if_match)


def deletion(body: Mapping[str, Any], *, if_match: str | None = None) -> Write:
    """The body of DELETE."""
    return _write(body, _delete, if_match=if_match)


def bulk(body: Mapping[str, Any]) -> Bulk:
    """The body of POST /api/crud/bulk: each operation is an object of one member that names it."""
    given = Parameters(body)
    database_id, collection = given.text("database_id"), given.text("collection_name")
    operations = body.get("operations")
    if type(operations) is not list or not operations:
        given.add_error("operations", "operations must be an array of at least one operation")
    ordered = given.boolean("ordered", default=True)
    given.check()
    return Bulk(database_id, collection, engine.Bulk(_operations(operations or []), ordered=ordered))


def idempotency_key(text: str | None) -> str | None:
    """The header of that name; None where there is none."""
    if text is not None and not _KEY.fullmatch(text):
        raise engine.Invalid.of_field("Idempotency-Key", "Must be 1 to 200 printable ASCII characters.")
    return text


def _write(body: Mapping[str, Any], read: Any, *, if_match: str | None) -> Write:
    given = Parameters(body)
    database_id, collection = given.text("database_id"), given.text("collection_name")
    filters = _deliberate_filters(given, body)
    guard = engine.Guard(version=_version(given, if_match, filters), most=given.positive_integer("max_affected"))
    operation = read(given, body, filters, guard)
    dry_run = given.boolean("dry_run", default=False)
    given.check()
    return Write(database_id, collection, operation, dry_run)


def _update(
    given: Parameters, body: Mapping[str, Any], filters: dict[str, Any], guard: engine.Guard
) -> engine.Update:
    values = given.object("update_data")
    if not values and type(body.get("update_data")) is dict:
        given.add_error("update_data", "update_data must name at least one field")
    everywhere = given.boolean("update_all_fields", default=True)
    replace, upsert = given.boolean("replace", default=False), given.boolean("upsert", default=False)
    array_filters = body.get("array_filters")
    operators = any(name.startswith("$") or engine.is_positional(name) for name in values)
    change: engine.Change | engine.Operators | engine.Replacement
    if replace:
        change = engine.Replacement(values)
    elif (operators or "array_filters" in body) and everywhere:
        change = engine.Operators(values, array_filters=array_filters)
    else:
        change = engine.Change(values, only_existing=not everywhere)
    if not everywhere and (replace or operators):
        given.add_error("update_all_fields", "update_all_fields: false goes with neither operators nor replace")
    if "array_filters" in body and (replace or not everywhere or array_filters is None):
        text = "array_filters must be an array, and goes with neither replace nor update_all_fields: false"
        given.add_error("array_filters", text)
    query = engine.Query(filter=filters, collation=collation(given, body.get("collation")))
    return engine.Update(query, change, upsert=upsert, one=replace, guard=guard)


def _delete(
    given: Parameters, body: Mapping[str, Any], filters: dict[str, Any], guard: engine.Guard
) -> engine.Delete:
    given.boolean("soft_delete", default=True)
    return engine.Delete(engine.Query(filter=filters, collation=collation(given, body.get("collation"))), guard)


def _operations(raw: list[Any]) -> list[engine.Operation]:
    found: list[engine.Operation] = []
    faults: list[engine.FieldError] = []
    for index, item in enumerate(raw):
        try:
            found.append(_operation(item))
        except engine.Invalid as problem:
            faults += [engine.FieldError(fault.field, fault.message, index) for fault in problem.errors]
    if faults:
        raise engine.invalid(faults, unit="operation")
    return found


def _operation(item: Any) -> engine.Operation:
    names = list(item) if type(item) is dict else []
    if len(names) != 1 or names[0] not in ("insert", "update", "delete"):
        raise engine.Invalid.of_field("", 'Must be {"insert": …}, {"update": …} or {"delete": …}.')
    if names[0] == "insert":
        return engine.Insert(item["insert"])
    inside = item[names[0]]
    if type(inside) is not dict:
        raise engine.Invalid.of_field(names[0], "Must be an object with filters.")
    return _changing(inside, _update if names[0] == "update" else _delete)


def update_operation(body: Mapping[str, Any]) -> engine.Update:
    """One update of a bulk request: `filters`, `update_data` and what else PUT takes for one operation."""
    return _changing(body, _update)


def _changing(body: Mapping[str, Any], read: Any) -> Any:
    params = Parameters(body)
    filters = _deliberate_filters(params, body)
    operation = read(params, body, filters, engine.Guard(most=params.positive_integer("max_affected")))
    params.check()
    return operation


def _deliberate_filters(given: Parameters, body: Mapping[str, Any]) -> dict[str, Any]:
    """`filters`, where an empty one, which means every document, needs `"all": true` beside it."""
    filters = given.object("filters", or_text=True)
    everything = given.boolean("all", default=False)
    if not filters and not everything and not given.has_error("filters"):
        given.add_error("filters", 'Empty filters match every document; send "all": true if that is meant.')
    return filters


def _version(given: Parameters, if_match: str | None, filters: Mapping[str, Any]) -> int | None:
    """The version that an ETag tells of the one document that the filters name."""
    if if_match is None:
        return None
    named, found = filters.get("_id"), _ETAG.fullmatch(if_match.strip())
    if type(named) is not str:
        given.add_error("If-Match", _ONE_ID)
    elif found is None:
        given.add_error("If-Match", 'If-Match must be one ETag, such as "60c72b2f9b1d8b1a2d3e4567-3".')
    elif found[1] != named.lower():
        given.add_error("If-Match", "The ETag is another document's.")
    else:
        return int(found[2])
    return None
