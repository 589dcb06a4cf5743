"""Find the indexes that would lose their effect because a schema change gives one of their fields another type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.errors import Conflict
from engine.handles.collection import Collection
from engine.indexes.definition import Keys, definition
from engine.jobs.index_migration import filter_conditions, name_after
from engine.jobs.schema_change import SchemaChange
from engine.schema.schema import Schema

_UNDECLARED = "json"
_EXPIRING = frozenset({"date", "datetime"})
_GEOMETRIES = frozenset({"object", "array", _UNDECLARED})
_TEXTS = frozenset({"string", "email", "url", "enum"})
# MongoDB compares values of one kind alone. A type that is absent here is a kind of its own.
_KINDS: Mapping[str, str] = dict.fromkeys(_TEXTS, "text") | {
    "date": "time",
    "datetime": "time",
    "decimal128": "number",
    "autonumber": "number",
    "reference": "objectid",
}
_PURPOSES = {
    "text": (_TEXTS | _GEOMETRIES, "searches text in"),
    "2dsphere": (_GEOMETRIES, "finds geometries in"),
}
_KINDS_OF_JSON = frozenset({"text", "number", "boolean", "object", "array", "null", _UNDECLARED})


def refuse_idle_indexes(collection: Collection, change: SchemaChange) -> None:
    """Raise `Conflict` with every index that would silently index, find or expire nothing after the change."""
    texts = [
        text
        for spec in collection.indexes.specs()
        for text in _texts(spec["name"], *definition(spec), _Retyped(change))
    ]
    if texts:
        raise Conflict(" ".join([*texts, "Drop it first." if len(texts) == 1 else "Drop them first."]))


class _Retyped:
    """The type of the field of a path before and after a change, or None for both where it is dropped."""

    def __init__(self, change: SchemaChange) -> None:
        self._change, self._name_after = change, name_after(change.steps)

    def __call__(self, path: str) -> tuple[str, str] | None:
        name = path.partition(".")[0]
        later = self._name_after(name)
        return (_type(self._change.before, name), _type(self._change.after, later)) if later else None


def _type(schema: Schema, name: str) -> str:
    return schema.by_name[name].type if name in schema.by_name else _UNDECLARED


def _texts(name: str, keys: Keys, options: Mapping[str, Any], types: _Retyped) -> Iterator[str]:
    for path, order in keys:
        fitting, purpose = _PURPOSES.get(str(order), (None, ""))
        if "expireAfterSeconds" in options:
            fitting, purpose = _EXPIRING, "expires documents by"
        retyped = types(path)
        if fitting and retyped and retyped[0] in fitting and retyped[1] not in fitting:
            yield f"The index {name!r} {purpose} {path!r}, which it cannot do with the type {retyped[1]}."
    for path, condition in filter_conditions(options.get("partialFilterExpression", {})):
        retyped = types(path)
        if retyped and _compares(condition) and not _same_kind(*retyped):
            values = f"values of the type {retyped[0]}"
            yield f"The partial filter of the index {name!r} compares {path!r} with {values}."


def _compares(condition: Any) -> bool:
    return not isinstance(condition, Mapping) or not set(condition) <= {"$exists"}


def _same_kind(before: str, after: str) -> bool:
    kinds = {_KINDS.get(before, before), _KINDS.get(after, after)}
    return len(kinds) == 1 or (_UNDECLARED in kinds and kinds <= _KINDS_OF_JSON)
