"""Errors found one by one are those that the validator itself collects."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from engine.limits import Limits
from engine.schema.json_schema import Budget, parse_rules

LIMITS = Limits()
REFERRING = {"$ref": "#/$defs/few"}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer"}, "a"),
        ({"type": ["integer", "null"]}, "a"),
        ({"minimum": 3, "multipleOf": 2}, 1),
        ({"enum": [1, 2]}, 3),
        ({"const": {"b": 1}}, 3),
        ({"pattern": "^a", "minLength": 3, "format": "uuid"}, "b"),
        ({"required": ["b", "c"], "minProperties": 3}, {"d": 1}),
        ({"dependentRequired": {"b": ["c", "d"]}}, {"b": 1}),
        ({"dependentSchemas": {"b": {"required": ["c"]}}}, {"b": 1}),
        ({"dependencies": {"b": ["c"], "d": {"required": ["e"]}}}, {"b": 1, "d": 1}),
        ({"properties": {"b": {"type": "integer"}, "c": False}}, {"b": "x", "c": 1}),
        ({"patternProperties": {"^b": {"type": "integer"}}}, {"b1": "x", "b2": 1, "c": "x"}),
        ({"additionalProperties": False, "properties": {"b": {}}}, {"b": 1, "c": 1}),
        (
            {"additionalProperties": {"type": "string"}, "properties": {"b": {}}, "patternProperties": {"^d": {}}},
            {"b": 1, "c": 1, "d": 1},
        ),
        ({"propertyNames": {"maxLength": 1}}, {"b": 1, "cc": 1, "dd": 1}),
        ({"items": {"type": "string"}, "maxItems": 2, "uniqueItems": True}, ["x", 1, 1]),
        ({"prefixItems": [{"type": "string"}], "items": False}, [1, 2]),
        ({"contains": {"const": 1}}, [2]),
        ({"contains": {"const": 1}, "minContains": 2, "maxContains": 3}, [1]),
        ({"allOf": [{"minimum": 3}, {"type": "string"}, True]}, 1),
        ({"anyOf": [{"minimum": 3}, {"type": "string"}]}, 1),
        ({"oneOf": [{"minimum": 3}, {"type": "string"}]}, 1),
        ({"oneOf": [{"minimum": 0}, {"type": "integer"}]}, 1),
        ({"not": {"type": "integer"}}, 1),
        ({"if": {"type": "integer"}, "then": {"minimum": 3}, "else": {"minLength": 3}}, 1),
        ({"if": {"type": "integer"}, "then": {"minimum": 3}, "else": {"minLength": 3}}, "a"),
        ({"unevaluatedProperties": False, "properties": {"b": {}}}, {"b": 1, "c": 1}),
        ({"unevaluatedItems": False, "prefixItems": [True]}, [1, 2]),
        ({"items": REFERRING}, [[1], 2, [1, 2]]),
        ({"items": {"$ref": "#/properties/b", "minItems": 2}}, [["x"], [1, 2]]),
        (False, 1),
    ],
)
def test_errors_are_those_of_the_validator(schema: Any, value: Any) -> None:
    whole = {"properties": {"a": schema, "b": {"items": {"type": "integer"}}}, "$defs": {"few": {"maxItems": 1}}}
    rules, refused = parse_rules(whole, limits=LIMITS)
    assert (refused, rules is None) == ([], False)
    assert rules is not None
    theirs = jsonschema_rs.Draft202012Validator(whole, validate_formats=True).iter_errors({"a": value})
    expected = sorted((".".join(map(str, error.instance_path)), error.message) for error in theirs)
    assert expected
    assert sorted(rules.errors({"a": value}, budget=Budget.of(LIMITS))) == expected


def test_at_most_20_errors_are_looked_for() -> None:
    rules, _ = parse_rules({"properties": {"a": {"items": {"oneOf": [{"const": 1}]}}}}, limits=LIMITS)
    assert rules is not None
    found = rules.errors({"a": [1, *range(2, 20_000)]}, budget=Budget.of(LIMITS))
    assert found == [
        (f"a.{place}", f"{place + 1} is not valid under any of the schemas listed in the 'oneOf' keyword")
        for place in range(1, 21)
    ]
