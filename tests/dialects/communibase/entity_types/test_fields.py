"""Fields of attributes, and attributes of fields."""

from __future__ import annotations

from typing import Any

import pytest

from dialects.communibase.entity_types.fields import field_of
from dialects.communibase.entity_types.model import Attribute


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({}, {"type": "string"}),
        ({"type": "int", "isRequired": True}, {"type": "number", "required": True}),
        ({"type": "Date", "description": "When."}, {"type": "datetime", "description": "When."}),
        ({"type": "ObjectId"}, {"type": "objectid"}),
        ({"type": "ObjectId", "ref": "Group"}, {"type": "reference", "collection": "Group"}),
        ({"type": "ObjectId", "ref": "Other"}, {"type": "objectid"}),
        (
            {"type": "Array", "items": "ObjectId", "ref": "Group"},
            {"type": "reference", "collection": "Group", "many": True},
        ),
        ({"type": "Array", "items": "Address"}, {"type": "array"}),
        ({"type": "Address", "defaultValue": {}}, {"type": "object"}),
        ({"type": "Mixed", "defaultValue": 5}, {"type": "json", "default": 5}),
        ({"type": "string", "defaultValue": ""}, {"type": "string"}),
        ({"type": "boolean", "defaultValue": False}, {"type": "boolean", "default": False}),
    ],
)
def test_field_of(raw: dict[str, Any], field: dict[str, Any]) -> None:
    assert field_of(Attribute.of({"title": "a", **raw}), {"Group"}) == {"name": "a", **field}
