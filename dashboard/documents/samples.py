"""A sample document that fits a schema, for the editor and for code to copy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import engine
from engine.encoding import plain

_MAX_FIELDS = 5
_ID = "60c72b2f9b1d8b1a2d3e4567"
_VALUES: Mapping[str, Any] = {
    "string": "text",
    "number": 1,
    "object": {},
    "array": [],
    "boolean": True,
    "date": "2026-01-31",
    "datetime": "2026-01-31T12:00:00Z",
    "null": None,
    "binary": "aGVsbG8=",
    "objectid": _ID,
    "decimal128": "1.50",
    "regex": {"pattern": "^a"},
    "timestamp": "2026-01-31T12:00:00Z",
    "email": "ada@example.com",
    "url": "https://example.com/",
    "json": {},
    "reference": _ID,
}


def document(schema: engine.Schema) -> dict[str, Any]:
    """Return a sample of the required fields, or of the first five fields if none is required."""
    fields = [field for field in schema.fields if not field.unwritable]
    chosen = [field for field in fields if field.required] or fields[:_MAX_FIELDS]
    return {field.name: value(field) for field in chosen}


def value(field: engine.Field) -> Any:
    """Return a value that the field accepts: its first allowed value, its default, or a sample of its type."""
    if field.enum:
        return plain(field.enum[0])
    default = field.as_dict().get("default")
    if default is not None:
        return default
    sample = _VALUES.get(field.type)
    if field.type == "string":
        sample = field.name
    return [sample] if field.many else sample
