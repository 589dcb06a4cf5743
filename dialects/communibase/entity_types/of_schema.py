"""Attributes of the fields that a collection declares, whichever dialect created it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import engine
from dialects.communibase.entity_types.model import ARRAY, DATE, MIXED, OBJECT, OBJECT_ID, Attribute

_TYPES: Mapping[str, str] = {
    **dict.fromkeys(("string", "email", "url", "enum"), "string"),
    **dict.fromkeys(("number", "autonumber"), "number"),
    **dict.fromkeys(("date", "datetime"), DATE),
    **dict.fromkeys(("objectid", "reference"), OBJECT_ID),
    "boolean": "boolean",
    "array": ARRAY,
    "object": OBJECT,
}


def attribute_of(field: engine.Field) -> Attribute:
    """Return the attribute that stands for a declared field."""
    kind = _TYPES.get(field.type, MIXED)
    type, items = (ARRAY, kind) if field.many else (kind, MIXED if kind == ARRAY else "")
    raw: dict[str, Any] = {"title": field.name, "type": type, "isRequired": field.required}
    raw |= {"items": items} if items else {}
    members = {"ref": field.collection, "path": field.path, "description": field.description}
    raw |= {name: text for name, text in members.items() if text}
    declared = field.as_dict()
    if "default" in declared:
        raw["defaultValue"] = declared["default"]
    if "enum" in declared:
        raw["allowableValues"] = {"valueType": "List", "values": declared["enum"]}
    return Attribute(field.name, type, items, field.collection, field.required, raw)
