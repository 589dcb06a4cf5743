"""Reads `id` in filters as `_id` where a collection declares no field of that name."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, TypeVar, cast

import engine
from engine.write import Operation

T = TypeVar("T", bound=Operation)
_OBJECT_ID = re.compile(r"[0-9a-fA-F]{24}")


def with_id_alias(query: engine.Query, collection: engine.Collection) -> engine.Query:
    """Return the query with a top-level `id` read as `_id`.

    This applies only to a value of 24 hexadecimal digits, or `{"$in": […]}` of such, without an `_id` beside it,
    where the collection declares no field `id`. Otherwise `id` is a field of the documents.
    """
    value = query.filter.get("id")
    if value is None or not _names_documents(value):
        return query
    if "_id" in query.filter or "id" in collection.spec.schema.by_name:
        return query
    return replace(query, filter={("_id" if name == "id" else name): item for name, item in query.filter.items()})


def operation_with_id_alias(operation: T, collection: engine.Collection) -> T:
    """Return an update or a delete with `with_id_alias` applied to its filter; return an insert unchanged."""
    if not isinstance(operation, engine.Update | engine.Delete):
        return operation
    return cast(T, replace(operation, query=with_id_alias(operation.query, collection)))


def _names_documents(value: Any) -> bool:
    if type(value) is dict and list(value) == ["$in"] and type(value["$in"]) is list:
        return bool(value["$in"]) and all(map(_is_object_id, value["$in"]))
    return _is_object_id(value)


def _is_object_id(value: Any) -> bool:
    return type(value) is str and _OBJECT_ID.fullmatch(value) is not None
