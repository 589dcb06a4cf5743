"""Schema inference from documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from bson import Binary, Decimal128, Int64, ObjectId, Regex, Timestamp

from engine.limits import Limits
from engine.schema.fields import parse_field
from engine.schema.schema import Schema

# Names that an import may hold in memory while it looks for the fields to declare.
_MAX_SEEN = 10_000
_INFERRED: Mapping[type, str] = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    dict: "object",
    list: "array",
    Int64: "number",
    datetime: "datetime",
    ObjectId: "objectid",
    Decimal128: "decimal128",
    bytes: "binary",
    Binary: "binary",
    Regex: "regex",
    Timestamp: "timestamp",
}


class Inference:
    """Collects the types of values, and declares the fields whose values have one type."""

    def __init__(self) -> None:
        self._seen: dict[str, set[str]] = {}

    def add(self, documents: Iterable[Mapping[str, Any]]) -> None:
        seen = self._seen
        for document in documents:
            for name, value in document.items():
                if value is not None:
                    kind = _INFERRED[type(value)]
                    if name in seen:
                        seen[name].add(kind)
                    elif len(seen) < _MAX_SEEN:
                        seen[name] = {kind}

    def has_seen(self, name: str) -> bool:
        """Return whether a document had a value of that name."""
        return name in self._seen

    def schema(self, *, limits: Limits) -> Schema:
        """Return the schema. A field of mixed types, or only ever null, stays undeclared."""
        single = [(name, kinds) for name, kinds in self._seen.items() if len(kinds) == 1]
        parsed = [
            parse_field({"name": name, "type": next(iter(kinds))}, limits=limits)[0] for name, kinds in single
        ]
        return Schema(tuple(field for field in parsed if field)[: limits.collection_fields])
