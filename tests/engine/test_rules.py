"""JSON Schemas of collections: what may be declared, and that nothing is fetched or takes for ever."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from engine.limits import Limits
from engine.rules import parse_rules

LIMITS = Limits()
INTO_ITSELF = 'A reference leads to a part of the same schema, such as "#/$defs/name".'
ENDLESS = "A schema must not refer to itself, nor be nested too deep."


def doubling(levels: int) -> dict[str, Any]:
    """Small to write, and 2 to the power of `levels` to check."""
    found: dict[str, Any] = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(levels)}
    return {"$defs": found | {f"d{levels}": {}}, "$ref": "#/$defs/d0"}


@pytest.mark.parametrize(
    ("raw", "faults"),
    [
        (5, [("", "Must be a JSON Schema, an object.")]),
        (True, [("", "Must be a JSON Schema, an object.")]),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, [("$schema", "Must be")]),
        ({"$id": "x", "items": {"$anchor": "y"}}, [("$id", "This keyword"), ("items.$anchor", "This")]),
        ({"$ref": "https://example.com/a.json"}, [("$ref", INTO_ITSELF)]),
        ({"$ref": "file:///etc/passwd"}, [("$ref", INTO_ITSELF)]),
        ({"items": {"$ref": "#/$defs/none"}}, [("items.$ref", INTO_ITSELF)]),
        ({"items": {"$ref": 5}}, [("items.$ref", INTO_ITSELF)]),
        ({"$ref": "#"}, [("", ENDLESS)]),
        ({"properties": {"a": {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}}}, [("", ENDLESS)]),
        (doubling(12), [("", "With its references written out it has more than 2000 parts (MAX_QUERY_NODES).")]),
        (doubling(30), [("", "With its references written out it has more than 2000 parts (MAX_QUERY_NODES).")]),
        ({"type": "bogus"}, [("type", "This is no JSON Schema: ")]),
        ({"properties": {"a": {"pattern": "("}}}, [("properties.a.pattern", "This is no JSON Schema: ")]),
    ],
)
def test_what_is_refused(raw: Any, faults: list[tuple[str, str]]) -> None:
    rules, found = parse_rules(raw, limits=LIMITS)
    assert rules is None
    assert [(path, text[: len(wanted)]) for (path, text), (_, wanted) in zip(found, faults, strict=True)] == faults


def test_faults_of_a_document_by_path() -> None:
    rules, _ = parse_rules(
        {
            "$defs": {"age": {"type": "integer", "minimum": 0}},
            "required": ["name"],
            "properties": {
                "age": {"$ref": "#/$defs/age"},
                "tags": {"items": {"type": "string"}},
                "at": {"type": "string"},
            },
        },
        limits=LIMITS,
    )
    assert rules is not None
    assert rules.faults({"name": "a", "age": 1, "at": engine.now(), "_id": 1, "_sys": {}}) == []
    assert sorted(rules.faults({"age": -1, "tags": ["a", 1]})) == [
        ("", '"name" is a required property'),
        ("age", "-1 is less than the minimum of 0"),
        ("tags.1", '1 is not of type "string"'),
    ]


def test_a_pattern_takes_linear_time() -> None:
    rules, faults = parse_rules({"properties": {"a": {"pattern": "^(a+)+$"}}}, limits=LIMITS)
    assert (faults, len(rules.faults({"a": "a" * 50_000 + "b"}))) == ([], 1)  # type: ignore[union-attr]
