"""Row-filtered collections: every access is limited to some documents, or refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.errors import Forbidden

REFUSED = "This operation is not available where only your own documents are visible."
# Methods of a driver's collection that take a filter first.
_FILTERED = frozenset(
    {
        *("find", "find_one", "find_one_and_update", "find_one_and_delete", "count_documents"),
        *("update_one", "update_many", "delete_one", "delete_many"),
    }
)
_INSERTS = frozenset({"insert_one", "insert_many"})
# What lies beside a collection: its versions, which may be added to, and its counters, which hold no documents.
_COUNTERS = ".counters"
# Stages that must be the first, before which nothing can be put.
_FIRST = frozenset({"$collStats", "$indexStats", "$search", "$searchMeta", "$documents"})
Filters = Mapping[tuple[str, str], Mapping[str, Any]]


class RowFilteredCollection:
    """A driver's collection. `filter` None allows inserts and no reads."""

    def __init__(self, target: Any, filter: Mapping[str, Any] | None) -> None:
        self._target = target
        self._filter = filter

    def __getattr__(self, name: str) -> Any:
        """Return an allowed method. Unknown driver methods raise `Forbidden`."""
        if name in _INSERTS:
            return getattr(self._target, name)
        if name not in _FILTERED or self._filter is None:
            raise Forbidden(REFUSED)

        def call(filter: Mapping[str, Any] | None = None, *args: Any, **named: Any) -> Any:
            # A filter that compares without case would match the documents of others.
            if named.get("upsert") or named.get("collation"):
                raise Forbidden(REFUSED)
            return getattr(self._target, name)(both(filter, self._filter or {}), *args, **named)

        return call


def both(own: Mapping[str, Any] | None, filter: Mapping[str, Any]) -> dict[str, Any]:
    """Return a filter of what matches both; the caller's goes last."""
    return {"$and": [dict(filter), dict(own)]} if own else dict(filter)


def row_filtered_collection(target: Any, filters: Filters, *, database: str, collection: str) -> Any:
    """Return a driver's collection as a row-filtered store shows it."""
    if (database, collection) in filters:
        return RowFilteredCollection(target, filters[database, collection])
    owner = _owner(filters, database, collection)
    return target if owner is None or collection == owner + _COUNTERS else RowFilteredCollection(target, None)


def row_filtered_command(filters: Filters, *, database: str, command: Mapping[str, Any]) -> dict[str, Any]:
    """Return a reading command limited by the row filter. Raises `Forbidden` where that is impossible."""
    name = next(iter(command))
    if name in ("ping", "killCursors", "dbStats"):
        return {**command}
    if not any(of == database for of, _ in filters):
        return {**command}
    if _names_any(filters, database, command.get("pipeline", [])) or "collation" in command:
        raise Forbidden(REFUSED)
    target = command[name]
    own = filters.get((database, target)) if isinstance(target, str) else None
    if own is None:
        if not isinstance(target, str) or _owner(filters, database, target) is not None:
            raise Forbidden(REFUSED)
        return {**command}
    if name == "find":
        return {**command, "filter": both(command.get("filter"), own)}
    if name == "aggregate":
        return {**command, "pipeline": _pipeline(command["pipeline"], own)}
    raise Forbidden(REFUSED)


def _pipeline(stages: Sequence[Mapping[str, Any]], filter: Mapping[str, Any]) -> list[Any]:
    """Return a pipeline with the row filter. A search for text or by distance must stay the first stage."""
    first = next(iter(stages[0]), "") if stages else ""
    if first == "$geoNear":
        body = stages[0][first]
        return [{first: {**body, "query": both(body.get("query"), filter)}}, *stages[1:]]
    if first in _FIRST:
        raise Forbidden(REFUSED)
    if first == "$match":
        return [{"$match": both(stages[0]["$match"], filter)}, *stages[1:]]
    return [{"$match": dict(filter)}, *stages]


def _names_any(filters: Filters, database: str, value: Any) -> bool:
    """Return whether a stage, at any depth, reads a filtered collection or its versions."""
    if isinstance(value, Mapping):
        return any(
            _is_named(filters, database, key, child) or _names_any(filters, database, child)
            for key, child in value.items()
        )
    return isinstance(value, list | tuple) and any(_names_any(filters, database, item) for item in value)


def _is_named(filters: Filters, database: str, key: str, value: Any) -> bool:
    if key not in ("from", "coll", "$unionWith", "into", "$out", "$merge"):
        return False
    return isinstance(value, str) and ((database, value) in filters or _owner(filters, database, value) is not None)


def _owner(filters: Filters, database: str, collection: str) -> str | None:
    """Return the filtered collection that a collection of versions or counters belongs to."""
    return next((name for of, name in filters if of == database and collection.startswith(f"{name}.")), None)
