"""Reads `id` in filters as `_id` where a collection declares no field of that name."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, TypeVar, cast

import engine
from engine.write import Operation

T = TypeVar("T", bound=Operation)
_LOGICAL = frozenset({"$and", "$or", "$nor"})
_LOGICAL_OR_ID = _LOGICAL | {"id"}
_COMPARISONS = frozenset({"$eq", "$ne", "$gt", "$gte", "$lt", "$lte"})
_OBJECT_ID = re.compile(r"[0-9a-fA-F]{24}")


def with_id_alias(query: engine.Query, collection: engine.Collection) -> engine.Query:
    """Return the query with `id` read as `_id`, at its top and in `$and`, `$or` and `$nor`.

    This applies only to conditions on values of 24 hexadecimal digits, without an `_id` beside them, where the
    collection declares no field `id`. Otherwise `id` is a field of the documents.
    """
    filter = query.filter
    if not isinstance(filter, dict) or _LOGICAL_OR_ID.isdisjoint(filter):
        return query
    if "id" in collection.spec.schema.by_name:
        return query
    return replace(query, filter=_renamed(filter))


def operation_with_id_alias(operation: T, collection: engine.Collection) -> T:
    """Return an update or a delete with `with_id_alias` applied to its filter; return an insert unchanged."""
    if not isinstance(operation, engine.Update | engine.Delete):
        return operation
    return cast(T, replace(operation, query=with_id_alias(operation.query, collection)))


def _renamed(filter: Any) -> Any:
    if not isinstance(filter, dict):
        return filter
    is_alias = "_id" not in filter and _names_documents(filter.get("id"))
    return {
        ("_id" if name == "id" and is_alias else name): [*map(_renamed, value)]
        if name in _LOGICAL and isinstance(value, list)
        else value
        for name, value in filter.items()
    }


def _names_documents(condition: Any) -> bool:
    """Whether a condition compares with ids alone."""
    if type(condition) is not dict:
        return _is_object_id(condition)
    return bool(condition) and all(map(_compares_with_ids, condition.items()))


def _compares_with_ids(part: tuple[str, Any]) -> bool:
    operator, value = part
    if operator == "$not":
        return _names_documents(value)
    if operator in ("$in", "$nin"):
        return type(value) is list and bool(value) and all(map(_is_object_id, value))
    return operator in _COMPARISONS and _is_object_id(value)


def _is_object_id(value: Any) -> bool:
    return type(value) is str and _OBJECT_ID.fullmatch(value) is not None
