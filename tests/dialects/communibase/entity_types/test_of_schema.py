"""Attributes of the fields that other dialects declare."""

from __future__ import annotations

import pytest

import engine
from dialects.communibase.entity_types.of_schema import attribute_of


@pytest.mark.parametrize(
    ("field", "type", "items"),
    [
        (engine.Field("a"), "string", ""),
        (engine.Field("a", "email"), "string", ""),
        (engine.Field("a", "autonumber"), "number", ""),
        (engine.Field("a", "date"), "Date", ""),
        (engine.Field("a", "reference", collection="c"), "ObjectId", ""),
        (engine.Field("a", "reference", collection="c", many=True), "Array", "ObjectId"),
        (engine.Field("a", "array"), "Array", "Mixed"),
        (engine.Field("a", "object"), "object", ""),
        (engine.Field("a", "decimal128"), "Mixed", ""),
        (engine.Field("a", "timestamp"), "Mixed", ""),
    ],
)
def test_attribute_of(field: engine.Field, type: str, items: str) -> None:
    attribute = attribute_of(field)
    assert (attribute.title, attribute.type, attribute.items, attribute.ref) == ("a", type, items, field.collection)
    assert attribute.raw["isRequired"] is False
