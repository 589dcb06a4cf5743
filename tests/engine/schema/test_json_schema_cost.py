"""The bound on the work of checking a document: above the cap for costly schemas, low for usual ones."""

from __future__ import annotations

from typing import Any

import pytest

from engine.limits import Limits
from engine.schema.json_schema import Budget, Rules, parse_rules
from engine.schema.json_schema_cost import pattern_size

LIMITS = Limits()
CAP = LIMITS.schema_checks
REFUSED = [("", f"The JSON Schema needs more than {CAP} checks here (MAX_SCHEMA_CHECKS).")]
NUMBERS = list(range(4_000))
TEXTS = [f"s{number}" for number in range(20_000)]
NAMES = {f"p{number}": number for number in range(5_000)}


def of(schema: Any) -> dict[str, Any]:
    return {"properties": {"a": schema}}


def rules(schema: Any) -> Rules:
    found, errors = parse_rules(schema, limits=LIMITS)
    assert (errors, found is None) == ([], False)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"items": {"oneOf": [{"const": number} for number in range(900)]}}, NUMBERS),
        ({"items": {"anyOf": [{"pattern": f"x{number}"} for number in range(600)]}}, TEXTS),
        ({"items": {"allOf": [{"not": {"const": -1 - number}} for number in range(480)]}}, NUMBERS),
        ({"items": {"enum": [[number] for number in range(900)]}}, NUMBERS),
        ({"items": {"if": {"minimum": 0.5}, "then": {"maximum": 0.5}, "else": {"multipleOf": 0.5}}}, NUMBERS * 2),
        ({"items": {"multipleOf": 0.1}}, [1e300] * 2_000),
        ({"items": {"allOf": [{"type": "string"}] * 900}}, NUMBERS),
        ({"prefixItems": [{"enum": TEXTS[:1_000]}] * 1}, NUMBERS),
        ({"allOf": [{"contains": {"const": -1}, "minContains": 0}] * 200}, NUMBERS),
        ({"allOf": [{"uniqueItems": True}] * 200}, [[number] for number in NUMBERS]),
        ({"properties": {"b": {"uniqueItems": True}}, "items": {"uniqueItems": True}}, [[[0] * 90] * 200] * 10),
        ({"patternProperties": {f"x{number}": True for number in range(90)}, "additionalProperties": False}, NAMES),
        ({"propertyNames": {"allOf": [{"pattern": "^p"}] * 90}}, NAMES),
        ({"dependentSchemas": {"p1": {"additionalProperties": {"enum": NUMBERS[:900]}}}}, NAMES),
        ({"dependencies": {"p1": {"additionalProperties": {"enum": NUMBERS[:900]}}}}, NAMES),
        ({"anyOf": [{"unevaluatedProperties": {"enum": NUMBERS[:900]}}]}, NAMES),
        ({"anyOf": [{"unevaluatedItems": {"enum": NUMBERS[:900]}}]}, NUMBERS),
        ({"$ref": "#/$defs/all"}, NUMBERS),
        ({"pattern": "[ab]*a[ab]{500}c"}, "ab" * 10_000),
        ({"pattern": "(?:.{0,500}){2}x"}, "a" * 10_000),
        ({"allOf": [{"format": "email"}] * 50}, "a@" + "b." * 50_000),
        ({"additionalProperties": {"additionalProperties": {"enum": NUMBERS[:900]}}}, {"x": NAMES}),
    ],
)
def test_what_takes_too_long_is_not_begun(schema: Any, value: Any) -> None:
    assert (
        rules(of(schema) | {"$defs": {"all": {"items": {"enum": NUMBERS[:90]}}}}).errors(
            {"a": value}, budget=Budget.of(LIMITS)
        )
        == REFUSED
    )


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"items": {"type": "number", "minimum": 0}}, list(range(90_000))),
        ({"items": {"type": "string", "minLength": 1, "maxLength": 20}}, TEXTS),
        ({"items": {"format": "uuid"}}, ["01234567-89ab-cdef-0123-456789abcdef"] * 10_000),
        (
            {"items": {"pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"}},
            ["01234567-89ab-cdef-0123-456789abcdef"] * 10_000,
        ),
        ({"items": {"pattern": r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$"}}, ["somebody@example.com"] * 500),
        ({"items": {"properties": {f"p{n}": {"type": "integer"} for n in range(100)}}}, [NAMES] * 4),
        (
            {"items": {"required": ["b"], "additionalProperties": False, "properties": {"b": {}}}},
            [{"b": 1}] * 10_000,
        ),
        ({"additionalProperties": {"type": "integer"}, "uniqueItems": True}, NAMES),
        (True, NUMBERS),
    ],
)
def test_usual_schemas_are_far_below_the_cap(schema: Any, value: Any) -> None:
    assert rules(of(schema)).errors({"a": value}, budget=Budget.of(LIMITS)) == []


def test_the_documents_of_one_request_share_a_budget() -> None:
    found, budget = rules(of({"items": {"type": "integer"}})), Budget(each=20_000, remaining=15_000)
    assert found.errors({"a": NUMBERS}, budget=budget) == []
    (error,) = found.errors({"a": NUMBERS}, budget=budget)
    assert error == (
        "",
        "The JSON Schema needs more than 2000000 checks for all documents of a request "
        "(100 times MAX_SCHEMA_CHECKS).",
    )


@pytest.mark.parametrize(
    ("pattern", "size"), [("^s", 256), (r"\w{50}", 8192), (r"\p{L}", 65536), (r"\p{L}{900}", 2**21), ("(", 2**21)]
)
def test_size_of_a_compiled_pattern(pattern: str, size: int) -> None:
    assert pattern_size(pattern) == size
