"""JSON Schemas of a collection whose field is renamed."""

from __future__ import annotations

from typing import Any

import pytest

from engine.jobs.rule_renaming import renamed_rules


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {}),
        ({"properties": {"a": {"minLength": 1}, "c": True}}, {"properties": {"b": {"minLength": 1}, "c": True}}),
        ({"required": ["c", "a"]}, {"required": ["c", "b"]}),
        ({"dependentRequired": {"a": ["c"], "c": ["a"]}}, {"dependentRequired": {"b": ["c"], "c": ["b"]}}),
        (
            {"dependentSchemas": {"c": {"properties": {"a": {}}}}},
            {"dependentSchemas": {"c": {"properties": {"b": {}}}}},
        ),
        ({"allOf": [{"required": ["a"]}, True]}, {"allOf": [{"required": ["b"]}, True]}),
        ({"if": {"required": ["a"]}, "then": False}, {"if": {"required": ["b"]}, "then": False}),
        ({"not": {"anyOf": [{"required": ["a"]}]}}, {"not": {"anyOf": [{"required": ["b"]}]}}),
    ],
)
def test_keywords_about_the_document_follow(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert renamed_rules(before, "a", "b") == after
    assert renamed_rules(after, "b", "a") == before


@pytest.mark.parametrize(
    "rules",
    [
        {"properties": {"c": {"properties": {"a": {}}, "required": ["a"]}}},
        {"enum": ["a", {"a": 1}], "title": "a", "default": {"a": 1}},
        {"properties": {"b": {}}},
        {"properties": {"c": {"$ref": "#/$defs/c"}}, "$defs": {"c": {"required": ["a"]}}},
        {"$ref": "#/$defs/c", "$defs": {"c": {"required": ["c"]}}},
    ],
)
def test_what_does_not_name_the_field_stays(rules: dict[str, Any]) -> None:
    assert renamed_rules(rules, "a", "b") == rules


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ({"properties": {"a": {}, "b": {}}}, "the JSON Schema names 'b' already"),
        ({"required": ["a"], "dependentRequired": {"c": ["b"]}}, "the JSON Schema names 'b' already"),
        (
            {"allOf": [{"$ref": "#/$defs/c"}], "$defs": {"c": {"properties": {"a": {}}}}},
            "the JSON Schema may name 'a' behind a $ref",
        ),
    ],
)
def test_a_rename_that_cannot_be_followed(rules: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=r"^the JSON Schema") as caught:
        renamed_rules(rules, "a", "b")
    assert str(caught.value) == reason
