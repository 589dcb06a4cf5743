"""Which operations the event loop executes itself."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import build_schema, parse

from dialects.airsequel.graphql.brevity import is_brief

SCHEMA = build_schema(
    "type Row { id: Int } type Query { t(limit: Int): [Row!]! t_by_pk(id: Int!): Row }"
    " type Mutation { insert_t: Int }"
)
MANY = " ".join(f"a{number}: t_by_pk(id: 1) {{ id }}" for number in range(21))


@pytest.mark.parametrize(
    ("query", "variables", "expected"),
    [
        ("{ t_by_pk(id: 1) { id } }", {}, True),
        ("{ t(limit: 100) { id } t_by_pk(id: 1) { id } }", {}, True),
        ("query ($n: Int) { t(limit: $n) { id } }", {"n": 50}, True),
        ("query ($n: Int) { t(limit: $n) { id } }", {"n": 101}, False),
        ("query ($n: Int) { t(limit: $n) { id } }", {"n": True}, False),
        ("query ($n: Int = 5) { t(limit: $n) { id } }", {}, False),
        ("{ t(limit: 101) { id } }", {}, False),
        ("{ t { id } }", {}, False),
        ("{ ...f } fragment f on Query { t(limit: 1) { id } }", {}, False),
        ("{ __schema { description } }", {}, False),
        ("mutation { insert_t }", {}, False),
        (f"{{ {MANY} }}", {}, False),
        ("query a { t_by_pk(id: 1) { id } } query b { t { id } }", {}, False),
    ],
)
def test_operations(query: str, variables: dict[str, Any], expected: bool) -> None:
    assert is_brief(SCHEMA, parse(query), name=None, variables=variables) is expected


def test_the_named_operation_counts() -> None:
    document = parse("query a { t_by_pk(id: 1) { id } } query b { t { id } }")
    assert [is_brief(SCHEMA, document, name=name, variables={}) for name in ("a", "b", "c")] == [True, False, False]
