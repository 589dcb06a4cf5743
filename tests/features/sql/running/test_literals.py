"""Numbers of a statement that SQLite would read as 0."""

from __future__ import annotations

import pytest

import engine
from features.sql.running.literals import check_numbers

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1e-300, 0e-400, 0.0E-999, 1e400, 'it''s 1e-400', \"1e-400\", [1e-400], `1e-400`",
        "SELECT 1 -- 1e-400",
        "SELECT 1 /* 1e-400 */",
        "SELECT a1e-400, $1e FROM t",
        "/*" * 20_000 + "1e-400",
        "'1e-400",
    ],
)
def test_statements_that_lose_no_number(statement: str) -> None:
    check_numbers(statement)


@pytest.mark.parametrize("number", ["1e-400", "1.5E-0325", ".5e-324", "0." + "0" * 323 + "1"])
def test_numbers_that_would_be_0(number: str) -> None:
    with pytest.raises(engine.Invalid) as caught:
        check_numbers(f"INSERT INTO \"t\" VALUES (-{number}, 'x', {number})")
    message = f"The number {number[:40]} is too small: it would be stored as 0."
    assert [(error.field, error.message) for error in caught.value.errors] == [("query", message)] * 2
