"""What the process of a statement may do: attempts to reach something, and statements that need too much."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.features.sql.support import ENDLESS, MemoryDatabase

pytestmark = pytest.mark.slow

BOMBS = [
    ENDLESS + "SELECT count(*) FROM n",
    ENDLESS + "SELECT count(*) FROM n a, n b, n c",
    ENDLESS + "SELECT group_concat(hex(zeroblob(100000))) FROM n",
    "SELECT count(*) FROM users a, users b, users c, users d, users e, users f, users g, users h, users i, "
    "users j, users k, users l, users m, users n, users o, users p, users q, users r, users s, users t",
]


@pytest.mark.parametrize("statement", BOMBS)
def test_endless_statements_are_ended(database: MemoryDatabase, settings: Any, statement: str) -> None:
    settings.SQL_TIMEOUT = 0.2
    started = time.monotonic()
    assert database.errors(statement) == ["The statement takes more than 0.2 seconds (SQL_TIMEOUT)."]
    assert time.monotonic() - started < 20


MEMORY = [
    ENDLESS + "SELECT count(DISTINCT x || hex(zeroblob(50000))) FROM n",
    "WITH RECURSIVE n(x) AS (SELECT 'a' UNION ALL SELECT x || x FROM n) SELECT max(x) FROM n",
    "SELECT replace(hex(zeroblob(4000000)), '0', hex(zeroblob(4000000)))",
]


@pytest.mark.parametrize("statement", MEMORY)
def test_statements_have_little_memory(database: MemoryDatabase, settings: Any, statement: str) -> None:
    settings.SQL_MEMORY_BYTES = 16 << 20
    (error,) = database.errors(statement)
    assert error in ("out of memory", "string or blob too big")


LARGE = [
    ("SELECT " + "(" * 300 + "1" + ")" * 300, "parser stack overflow"),
    ("SELECT " + "NOT " * 20_000 + "1", "parser stack overflow"),
    ("SELECT 1" + " + 1" * 300, "Expression tree is too large (maximum depth 200)"),
    (" UNION ALL ".join(["SELECT 1"] * 400), "too many terms in compound SELECT"),
    ("SELECT max(" + ", ".join(["1"] * 101) + ")", "too many arguments on function max"),
]


@pytest.mark.parametrize(("statement", "error"), LARGE)
def test_large_statements_are_refused(database: MemoryDatabase, statement: str, error: str) -> None:
    assert database.errors(statement) == [error]


def test_a_statement_that_grows_when_it_is_planned_is_ended(database: MemoryDatabase, settings: Any) -> None:
    settings.SQL_TIMEOUT = 1.0
    settings.SQL_MEMORY_BYTES = 16 << 20
    tables = ["t0 AS (SELECT 1 AS q)", *(f"t{n} AS (SELECT * FROM t{n - 1} a, t{n - 1} b)" for n in range(1, 24))]
    assert len(database.errors(f"WITH {', '.join(tables)} SELECT count(*) FROM t23")) == 1
