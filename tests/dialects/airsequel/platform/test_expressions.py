"""Literals and CHECK constraints of SQL."""

from __future__ import annotations

from typing import Any

import pytest

from dialects.airsequel.platform.expressions import Check, NotLiteralError, checks_of, literal


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'it''s'", "it's"),
        (" 5 ", 5),
        ("-1.5e3", -1500.0),
        ("123456789012345678901", 123456789012345678901.0),
        ("NULL", None),
        ("true", True),
    ],
)
def test_literals(text: str, value: Any) -> None:
    assert (literal(text), type(literal(text))) == (value, type(value))


@pytest.mark.parametrize("text", ["CURRENT_TIMESTAMP", "(1)", "'a' || 'b'", "x'00'", "", "-1e-400"])
def test_other_expressions(text: str) -> None:
    with pytest.raises(NotLiteralError):
        literal(text)


@pytest.mark.parametrize(
    ("definition", "checks"),
    [
        ("a INT CHECK (a IN (1, -2, 'x)', NULL))", [("a", (1, -2, "x)", None))]),
        ('check( "a ""b" in (\'CHECK (\') ) -- CHECK (c IN (1))', [('a "b', ("CHECK (",))]),
        (
            "[a] INT, CONSTRAINT n CHECK([a] IN (1)), CHECK (a > (1)), CHECK (a IN (b))",
            [("a", (1,)), ("", ()), ("", ())],
        ),
        ("a TEXT DEFAULT 'CHECK (a IN (1))'", []),
        ("CHECK (a IN (1", [("", ())]),
    ],
)
def test_checks(definition: str, checks: list[tuple[str, tuple[Any, ...]]]) -> None:
    found = [*checks_of(definition)]
    assert [(check.column, check.values) for check in found] == checks
    assert all(isinstance(check, Check) for check in found)
