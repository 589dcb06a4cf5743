"""The JSON Schema of an entity type: only what fields cannot say, and accepted by the engine."""

from __future__ import annotations

from typing import Any

import pytest

from dialects.communibase.entity_types.catalog import EntityTypes
from dialects.communibase.entity_types.model import Attribute, EntityType
from dialects.communibase.entity_types.rules import json_schema, pattern_of
from engine.limits import Limits
from engine.schema import parse_rules

PART = {
    "title": "Part",
    "isResource": False,
    "attributes": [{"title": "name", "type": "string", "isRequired": True}, {"title": "count", "type": "number"}],
}
TYPES = EntityTypes("d", {}, {"Part": PART})


def rule_of(**raw: Any) -> Any:
    attribute = Attribute.of({"title": "a", **raw})
    schema = json_schema(EntityType("", "T", (attribute,)), TYPES)
    if schema is None:
        return None
    assert parse_rules(schema, limits=Limits())[1] == []
    return schema["properties"]["a"]


@pytest.mark.parametrize(
    "raw",
    [
        *(
            {"type": kind}
            for kind in ("string", "number", "float", "boolean", "Date", "ObjectId", "object", "Mixed")
        ),
        {"type": "number", "isRequired": True},
        {"type": "Array"},
        {"type": "Array", "items": "Mixed"},
    ],
)
def test_a_field_says_everything(raw: dict[str, Any]) -> None:
    assert rule_of(**raw) is None


EMPTY = {"enum": [None, ""]}
LIST = {"valueType": "List", "values": ["abc"]}


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        ({"type": "int"}, {"type": ["integer", "null"]}),
        ({"type": "string", "isRequired": True}, {"type": "string", "minLength": 1}),
        ({"type": "Mixed", "isRequired": True}, {"not": EMPTY}),
        ({"type": "string", "maxLength": 5}, {"if": EMPTY, "else": {"type": "string", "maxLength": 5}}),
        (
            {
                "type": "string",
                "isRequired": True,
                "minLength": 3,
                "allowableValues": {"valueType": "List", "values": ["abc"]},
            },
            {"type": "string", "enum": ["abc"], "minLength": 3},
        ),
        (
            {"type": "number", "isRequired": True, "allowableValues": {"valueType": "Range", "min": 0}},
            {"type": "number", "minimum": 0},
        ),
        ({"type": "Part"}, {"if": EMPTY, "else": {"$ref": "#/$defs/Part"}}),
        (
            {"type": "Array", "items": "Part", "isRequired": True, "maxLength": 2},
            {"type": "array", "items": {"if": EMPTY, "else": {"$ref": "#/$defs/Part"}}, "maxItems": 2},
        ),
    ],
)
def test_rules(raw: dict[str, Any], rule: dict[str, Any]) -> None:
    assert rule_of(**raw) == rule


def test_embedded_types_are_definitions() -> None:
    attributes = (
        Attribute.of({"title": "a", "type": "Part"}),
        Attribute.of({"title": "b", "type": "DocumentReference"}),
    )
    schema = json_schema(EntityType("", "T", attributes), TYPES)
    assert schema is not None
    assert set(schema["$defs"]) == {"Part", "DocumentReference", "DocumentReferencePathItem"}
    assert schema["$defs"]["Part"] == {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string", "minLength": 1}, "count": {"type": ["number", "null"]}},
    }


@pytest.mark.parametrize(
    ("text", "pattern"), [("/^a/", "^a"), ("/^a/i", "(?i)^a"), ("/a/gm", "(?m)a"), ("^a$", "^a$"), ("a/b", "a/b")]
)
def test_regular_expressions_with_slashes(text: str, pattern: str) -> None:
    assert pattern_of(text) == pattern
