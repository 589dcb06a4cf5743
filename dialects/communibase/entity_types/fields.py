"""Fields of a collection for the attributes of an entity type."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from dialects.communibase.entity_types.model import (
    ARRAY,
    DATE,
    MIXED,
    NUMBERS,
    OBJECT_ID,
    SCALARS,
    Attribute,
)

_TYPES: Mapping[str, str] = {
    **dict.fromkeys(NUMBERS, "number"),
    "string": "string",
    "boolean": "boolean",
    DATE: "datetime",
    OBJECT_ID: "objectid",
    ARRAY: "array",
    MIXED: "json",
}
_EMPTY = (None, "")


def field_of(attribute: Attribute, collections: Container[str]) -> dict[str, Any]:
    """Return the declaration of the field of an attribute; an embedded type is an object.

    An id whose `ref` is one of the collections is a reference into it, with a `path` to what is embedded there.
    """
    field: dict[str, Any] = {"name": attribute.title, "type": _TYPES.get(attribute.type, "object")}
    if attribute.element_type == OBJECT_ID and attribute.ref in collections:
        field |= {"type": "reference", "collection": attribute.ref}
        field |= {"path": attribute.raw["path"]} if attribute.raw.get("path") else {}
        field |= {"many": True} if attribute.is_array else {}
    field |= {"required": True} if attribute.is_required else {}
    default = attribute.raw.get("defaultValue")
    if default not in _EMPTY and attribute.type in (*SCALARS, ARRAY, MIXED):
        field["default"] = default
    if attribute.raw.get("description"):
        field["description"] = attribute.raw["description"]
    return field
