"""The JSON Schema of an entity type: what its fields cannot say, also for documents that other dialects write."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from dialects.communibase.entity_types.catalog import EntityTypes
from dialects.communibase.entity_types.model import (
    DATE,
    INTEGERS,
    MIXED,
    NUMBERS,
    OBJECT,
    OBJECT_ID,
    SCALARS,
    Attribute,
    EntityType,
)

_EMPTY = {"enum": [None, ""]}
_ARRAY = {"type": "array"}
_TYPES: Mapping[str, Mapping[str, Any]] = {
    **{kind: {"type": "integer" if kind in INTEGERS else "number"} for kind in NUMBERS},
    **{kind: {"type": "string"} for kind in ("string", DATE)},
    "boolean": {"type": "boolean"},
    OBJECT_ID: {"type": "string", "pattern": "^[0-9a-fA-F]{24}$"},
    OBJECT: {"type": "object"},
    MIXED: {},
}
_PATTERN = re.compile(r"/(.*)/([a-z]*)", re.DOTALL)


def json_schema(entity_type: EntityType, types: EntityTypes) -> dict[str, Any] | None:
    """Return the JSON Schema of a resource, or None where its fields say everything."""
    properties = {item.title: rule for item in entity_type.attributes if (rule := _top_rule(item))}
    if not properties:
        return None
    definitions: dict[str, Any] = {}
    _define(entity_type.attributes, types, definitions)
    return {"properties": properties} | ({"$defs": definitions} if definitions else {})


def _define(attributes: Iterable[Attribute], types: EntityTypes, definitions: dict[str, Any]) -> None:
    """Add the schemas of the embedded types of some attributes, and of those inside them."""
    for attribute in attributes:
        embedded = None if _is_simple(attribute.element_type) else types.get(attribute.element_type)
        if embedded is None or embedded.title in definitions:
            continue
        required = [item.title for item in embedded.attributes if item.is_required]
        schema: dict[str, Any] = {"type": "object"}
        schema |= {"required": required} if required else {}
        schema["properties"] = {item.title: _rule(item) for item in embedded.attributes}
        definitions[embedded.title] = schema
        _define(embedded.attributes, types, definitions)


def _top_rule(attribute: Attribute) -> dict[str, Any]:
    """Return the rule of a top-level attribute; empty where its field checks as much."""
    is_plain = attribute.type in (*SCALARS, OBJECT, MIXED) and attribute.type not in INTEGERS
    bare = is_plain and not _constraints(attribute)
    if bare and not (attribute.is_required and attribute.type in ("string", MIXED)):
        return {}
    rule = _rule(attribute)
    return {} if rule in (_ARRAY, _optional(_ARRAY)) else rule


def _rule(attribute: Attribute) -> dict[str, Any]:
    """Return the rule of an attribute. What is not required may be null, or an empty text."""
    value = _value(attribute)
    if attribute.is_array:
        value = _ARRAY | ({"items": _optional(value)} if value else {}) | _lengths(attribute, "Items")
    if not attribute.is_required:
        return _optional(value) if value else {}
    if attribute.type == "string":
        return value | {"minLength": max(1, value.get("minLength", 1))}
    return value or {"not": _EMPTY}


def _value(attribute: Attribute) -> dict[str, Any]:
    kind = attribute.element_type
    if not _is_simple(kind):
        return {"$ref": f"#/$defs/{kind}"}
    return {**_TYPES[kind], **_constraints(attribute)}


def _constraints(attribute: Attribute) -> dict[str, Any]:
    allowable = attribute.allowable
    constraints: dict[str, Any] = {}
    match allowable.get("valueType"):
        case "List":
            constraints["enum"] = list(allowable["values"])
        case "RegExp":
            constraints["pattern"] = pattern_of(allowable["match"])
        case "Range" if attribute.element_type in NUMBERS:
            bounds = {"minimum": allowable.get("min"), "maximum": allowable.get("max")}
            constraints |= {name: bound for name, bound in bounds.items() if bound is not None}
    if attribute.element_type == "string" and not attribute.is_array:
        constraints |= _lengths(attribute, "Length")
    return constraints


def _lengths(attribute: Attribute, unit: str) -> dict[str, Any]:
    bounds = {f"{bound}{unit}": attribute.raw.get(f"{bound}Length") for bound in ("min", "max")}
    return {name: bound for name, bound in bounds.items() if bound is not None}


def _optional(rule: dict[str, Any]) -> dict[str, Any]:
    if rule.keys() == {"type"} and rule["type"] not in ("array", "object"):
        return {"type": [rule["type"], "null"]}
    return {"if": _EMPTY, "else": rule}


def _is_simple(kind: str) -> bool:
    return kind in _TYPES


def pattern_of(text: str) -> str:
    """Return the pattern of a regular expression that is written as `/pattern/flags` or without slashes."""
    match = _PATTERN.fullmatch(text)
    if match is None:
        return text
    flags = "".join(flag for flag in "ims" if flag in match[2])
    return f"(?{flags}){match[1]}" if flags else match[1]
