"""The structure of nested values, as the JSON Schema of their collection declares it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_SCALARS = {"string": "String", "number": "Float", "integer": "Int", "boolean": "Boolean"}
_MAX_DEPTH = 5
_MAX_MEMBERS = 100


@dataclass(frozen=True)
class Structure:
    """An object with `members`, a list of `item`, or a value of the scalar type `scalar`.

    A value without any of these is shown as JSON text.
    """

    scalar: str = ""
    item: Structure | None = None
    members: tuple[tuple[str, Structure], ...] = ()

    @property
    def is_text(self) -> bool:
        return self == JSON_TEXT


JSON_TEXT = Structure()
TEXTS = Structure(item=Structure("String"))


def structure_of(schema: Any, *, depth: int = 0) -> Structure:
    """Return the structure of values that a JSON Schema describes."""
    if not isinstance(schema, Mapping) or depth > _MAX_DEPTH:
        return JSON_TEXT
    kind, properties = _type(schema.get("type")), schema.get("properties")
    if kind == "array":
        item = structure_of(schema.get("items"), depth=depth + 1)
        return JSON_TEXT if item.is_text else Structure(item=item)
    if kind == "object" and isinstance(properties, Mapping) and 0 < len(properties) <= _MAX_MEMBERS:
        members = ((name, structure_of(value, depth=depth + 1)) for name, value in properties.items())
        return Structure(members=tuple(members))
    return Structure(_SCALARS.get(kind, ""))


def _type(declared: Any) -> str:
    """Return the one type that a JSON Schema allows besides null; an empty text for several."""
    types = [item for item in (declared if isinstance(declared, list) else [declared]) if item != "null"]
    return types[0] if len(types) == 1 and isinstance(types[0], str) else ""
