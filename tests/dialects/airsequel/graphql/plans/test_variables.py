"""Variables of plain scalars are checked without graphql-core."""

from __future__ import annotations

import pytest
from graphql import OperationDefinitionNode, build_schema, parse

from dialects.airsequel.graphql.plans.cells import NotPlanned
from dialects.airsequel.graphql.plans.variables import Variables

SCHEMA = build_schema("input I { a: Int } type Query { f(n: Int, t: String, i: I): Int }")


def variables(declared: str, *, as_values: bool = False) -> Variables:
    (operation,) = parse(f"query ({declared}) {{ f }}").definitions
    assert isinstance(operation, OperationDefinitionNode)
    return Variables.of(SCHEMA, operation, as_values=as_values)


@pytest.mark.parametrize(
    ("declared", "is_checked"),
    [
        ("$n: Int!", True),
        ("$n: Int, $t: String", True),
        ("$n: Int = 1", False),
        ("$i: I", False),
        ("$f: [Int]", False),
    ],
)
def test_which_are_checked_here(declared: str, is_checked: bool) -> None:
    assert (variables(declared).checks is not None) is is_checked
    assert variables(declared, as_values=True).checks is None


def test_values() -> None:
    plain = variables("$n: Int!, $t: String")
    assert plain.coerced({"n": 1, "t": "a", "other": 5}).coerced == {"n": 1, "t": "a"}
    assert plain.coerced({"n": 1}).coerced == {"n": 1}
    assert variables("$n: Int = 3").coerced({}).coerced == {"n": 3}
    with pytest.raises(NotPlanned):
        plain.coerced({"n": "1"})
