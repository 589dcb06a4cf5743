"""The parsers of POST, PUT and DELETE of /api/crud and /api/crud/bulk, headers included."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import engine
from engine.errors import invalid
from engine.schema import is_positional
from engine.update import Operators, Replacement
from engine.write import Bulk, Operation
from web.requests.parameters import Parameters
from web.requests.queries import collation

# As `render.etag` writes it: a document's id and its version. A compressed response has a weak ETag.
_ETAG = re.compile(r'(?:W/)?"([0-9a-f]{24})-([1-9][0-9]{0,17})"')
_KEY = re.compile(r"[ -~]{1,200}")
_REQUIRES_ONE_ID = "If-Match requires filters that name one _id."


@dataclass(frozen=True)
class InsertRequest:
    """The new documents of a collection."""

    database_id: str
    collection: str
    documents: list[Any]


@dataclass(frozen=True)
class WriteRequest:
    """An update or a delete; with `dry_run` it is only previewed."""

    database_id: str
    collection: str
    operation: engine.Update | engine.Delete
    dry_run: bool


@dataclass(frozen=True)
class BulkRequest:
    """Several operations on one collection."""

    database_id: str
    collection: str
    bulk: Bulk


def insertion(body: Mapping[str, Any]) -> InsertRequest:
    """Parse the body of POST: the documents are in `data` or in `documents`."""
    params = Parameters(body)
    database_id, collection = params.text("database_id"), params.text("collection_name")
    name = "documents" if "documents" in body and "data" not in body else "data"
    documents = body.get(name)
    if type(documents) is not list or not documents:
        params.add_error(name, f"{name} must be an array of at least one document")
    elif "data" in body and "documents" in body:
        params.add_error("documents", "Send the documents in data or in documents, not in both.")
    params.check()
    return InsertRequest(database_id, collection, documents or [])


def update(body: Mapping[str, Any], *, if_match: str | None = None) -> WriteRequest:
    """Parse the body of PUT."""
    return _write(body, _update, if_match=if_match)


def deletion(body: Mapping[str, Any], *, if_match: str | None = None) -> WriteRequest:
    """Parse the body of DELETE."""
    return _write(body, _delete, if_match=if_match)


def bulk(body: Mapping[str, Any]) -> BulkRequest:
    """Parse the body of POST /api/crud/bulk: each operation is an object with one member, which names it."""
    params = Parameters(body)
    database_id, collection = params.text("database_id"), params.text("collection_name")
    operations = body.get("operations")
    if type(operations) is not list or not operations:
        params.add_error("operations", "operations must be an array of at least one operation")
    ordered = params.boolean("ordered", default=True)
    params.check()
    return BulkRequest(database_id, collection, Bulk(_operations(operations or []), ordered=ordered))


def idempotency_key(text: str | None) -> str | None:
    """Return the Idempotency-Key header, or None where it is absent. Raises `Invalid` for a malformed one."""
    if text is not None and not _KEY.fullmatch(text):
        raise engine.Invalid.of_field("Idempotency-Key", "Must be 1 to 200 printable ASCII characters.")
    return text


def _write(body: Mapping[str, Any], parse_operation: Any, *, if_match: str | None) -> WriteRequest:
    params = Parameters(body)
    database_id, collection = params.text("database_id"), params.text("collection_name")
    filters = _confirmed_filters(params, body)
    precondition = engine.Precondition(
        version=_version(params, if_match, filters), max_affected=params.positive_integer("max_affected")
    )
    operation = parse_operation(params, body, filters, precondition)
    dry_run = params.boolean("dry_run", default=False)
    params.check()
    return WriteRequest(database_id, collection, operation, dry_run)


def _update(
    params: Parameters, body: Mapping[str, Any], filters: dict[str, Any], precondition: engine.Precondition
) -> engine.Update:
    values = params.object("update_data")
    if not values and type(body.get("update_data")) is dict:
        params.add_error("update_data", "update_data must name at least one field")
    all_fields = params.boolean("update_all_fields", default=True)
    replace, upsert = params.boolean("replace", default=False), params.boolean("upsert", default=False)
    array_filters = body.get("array_filters")
    operators = any(name.startswith("$") or is_positional(name) for name in values)
    change: engine.Change | Operators | Replacement
    if replace:
        change = Replacement(values)
    elif (operators or "array_filters" in body) and all_fields:
        change = Operators(values, array_filters=array_filters)
    else:
        change = engine.Change(values, only_existing=not all_fields)
    if not all_fields and (replace or operators):
        params.add_error("update_all_fields", "update_all_fields: false goes with neither operators nor replace")
    if "array_filters" in body and (replace or not all_fields or array_filters is None):
        text = "array_filters must be an array, and goes with neither replace nor update_all_fields: false"
        params.add_error("array_filters", text)
    query = engine.Query(filter=filters, collation=collation(params, body.get("collation")))
    return engine.Update(query, change, upsert=upsert, one=replace, precondition=precondition)


def _delete(
    params: Parameters, body: Mapping[str, Any], filters: dict[str, Any], precondition: engine.Precondition
) -> engine.Delete:
    params.boolean("soft_delete", default=True)
    return engine.Delete(
        engine.Query(filter=filters, collation=collation(params, body.get("collation"))), precondition
    )


def _operations(raw: list[Any]) -> list[Operation]:
    operations: list[Operation] = []
    errors: list[engine.FieldError] = []
    for index, item in enumerate(raw):
        try:
            operations.append(_operation(item))
        except engine.Invalid as error:
            errors += [engine.FieldError(issue.field, issue.message, index) for issue in error.errors]
    if errors:
        raise invalid(errors, unit="operation")
    return operations


def _operation(item: Any) -> Operation:
    names = list(item) if type(item) is dict else []
    if len(names) != 1 or names[0] not in ("insert", "update", "delete"):
        raise engine.Invalid.of_field("", 'Must be {"insert": …}, {"update": …} or {"delete": …}.')
    if names[0] == "insert":
        return engine.Insert(item["insert"])
    members = item[names[0]]
    if type(members) is not dict:
        raise engine.Invalid.of_field(names[0], "Must be an object with filters.")
    return _change(members, _update if names[0] == "update" else _delete)


def update_operation(body: Mapping[str, Any]) -> engine.Update:
    """Parse one update of a bulk request: `filters`, `update_data` and the options of PUT."""
    return _change(body, _update)


def _change(body: Mapping[str, Any], parse_operation: Any) -> Any:
    params = Parameters(body)
    filters = _confirmed_filters(params, body)
    operation = parse_operation(
        params, body, filters, engine.Precondition(max_affected=params.positive_integer("max_affected"))
    )
    params.check()
    return operation


def _confirmed_filters(params: Parameters, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return `filters`; an empty one, which matches every document, requires `"all": true` beside it."""
    filters = params.object("filters", or_text=True)
    is_all = params.boolean("all", default=False)
    if not filters and not is_all and not params.has_error("filters"):
        params.add_error("filters", 'Empty filters match every document; send "all": true if that is meant.')
    return filters


def _version(params: Parameters, if_match: str | None, filters: Mapping[str, Any]) -> int | None:
    """Return the version that an ETag names for the one document of the filters."""
    if if_match is None:
        return None
    document_id, match = filters.get("_id"), _ETAG.fullmatch(if_match.strip())
    if type(document_id) is not str:
        params.add_error("If-Match", _REQUIRES_ONE_ID)
    elif match is None:
        params.add_error("If-Match", 'If-Match must be one ETag, such as "60c72b2f9b1d8b1a2d3e4567-3".')
    elif match[1] != document_id.lower():
        params.add_error("If-Match", "The ETag belongs to another document.")
    else:
        return int(match[2])
    return None
