"""Variables of the type of their position, whether or not they may be null, and numbers that would be 0."""

from __future__ import annotations

import pytest
from graphql import build_schema, parse, validate

from dialects.airsequel.graphql.validation import RULES

SCHEMA = build_schema("input I { a: Int } type Query { f(rows: [I!]!, n: Int!): Int g(x: Float): Int }")
QUERIES = [
    ("query ($r: [I], $n: Int) { f(rows: $r, n: $n) }", 0),
    ("query ($r: [I!]!, $n: Int!) { f(rows: $r, n: $n) }", 0),
    ("query ($r: I, $n: Int!) { f(rows: $r, n: $n) }", 1),
    ("query ($n: String) { f(rows: [], n: $n) }", 1),
    ("query { f(rows: [], n: $n) }", 1),
    ("query ($x: Float = 1e-400) { g(x: $x) h: g(x: -0.1E-0324) }", 2),
    ("query { g(x: 0.0e-400) h: g(x: 1e-300) }", 0),
]


@pytest.mark.parametrize(("query", "errors"), QUERIES)
def test_types_of_variables(query: str, errors: int) -> None:
    assert len(validate(SCHEMA, parse(query), RULES)) == errors
