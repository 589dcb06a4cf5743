"""The `fields` of a collection as callers declare them."""

from __future__ import annotations

from typing import Any

from engine.errors import FieldError
from engine.limits import Limits
from engine.schema.fields import Field, parse_field
from engine.schema.schema import Schema

MAX_UNIQUE = 30


def parse_schema(raw: Any, *, limits: Limits, strict: bool = False) -> tuple[Schema, list[FieldError]]:
    """Parse a collection's `fields` list, or return every error with its path, such as `fields.2.type`."""
    if type(raw) is not list:
        return Schema(strict=strict), [FieldError("fields", "Must be an array of fields.")]
    if len(raw) > limits.collection_fields:
        text = f"A collection has at most {limits.collection_fields} fields (MAX_COLLECTION_FIELDS)."
        return Schema(strict=strict), [FieldError("fields", text)]
    if sum(type(item) is dict and item.get("unique") is True for item in raw) > MAX_UNIQUE:
        return Schema(strict=strict), [FieldError("fields", f"At most {MAX_UNIQUE} fields can be unique.")]
    fields: dict[str, Field] = {}
    named: set[str] = set()
    errors: list[FieldError] = []
    for index, item in enumerate(raw):
        field, issues = parse_field(item, limits=limits)
        path = f"fields.{index}"
        errors += [FieldError(f"{path}.{member}" if member else path, text) for member, text in issues]
        name = item.get("name") if type(item) is dict else None
        if type(name) is str and name in named:
            errors.append(FieldError(f"{path}.name", f"The field {name!r} is named twice."))
        elif type(name) is str:
            named.add(name)
        if field:
            fields.setdefault(field.name, field)
    return Schema(tuple(fields.values()), strict=strict), errors
