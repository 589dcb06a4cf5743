"""The undeclared fields in the latest documents of a collection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import engine

SAMPLE_SIZE = 100


@dataclass
class Undeclared:
    """An undeclared field: its types, and how many of the documents have it."""

    name: str
    count: int = 0
    types: dict[str, None] = field(default_factory=dict)


def sample(collection: engine.Collection) -> list[dict[str, Any]]:
    """Return the latest documents, to list their undeclared fields."""
    latest = engine.Query(sort=(("_id", -1),), limit=SAMPLE_SIZE, count=engine.Count.NONE)
    return collection.find(latest).documents


def undeclared_fields(documents: list[dict[str, Any]], schema: engine.Schema) -> list[Undeclared]:
    """Return the undeclared fields of documents, in document order."""
    fields: dict[str, Undeclared] = {}
    for document in documents:
        for name, value in document.items():
            if name in schema.by_name or name in ("_id", "_sys"):
                continue
            item = fields.setdefault(name, Undeclared(name))
            item.count += 1
            item.types[_type_of(value)] = None
    return [*fields.values()]


_TYPES: Mapping[type, str] = {str: "string", dict: "object", list: "array", type(None): "null"}


def _type_of(value: Any) -> str:
    match value:
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case datetime() | date():
            return "datetime"
        case _:
            return _TYPES.get(type(value), "other")
