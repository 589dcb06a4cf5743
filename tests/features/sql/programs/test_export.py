"""The program that makes SQLite files: its errors. What it makes is tested with `features.sql.exporting`."""

from __future__ import annotations

from typing import Any

import pytest

from features.sql.process import SqlProcess

pytestmark = pytest.mark.slow

CASES: list[tuple[list[str], Any, dict[str, Any]]] = [
    (["CREATE TABLE t (a NOT NULL)"], [(None,)], {"error": "NOT NULL constraint failed: t.a", "conflict": True}),
    (["CREATE TABLE t (a)"], [("x" * 3_000_000,)], {"error": "", "conflict": False}),
    (["CREATE"], [(1,)], {"error": "incomplete input", "conflict": False}),
]


@pytest.mark.parametrize(("definitions", "rows", "answer"), CASES)
def test_errors(definitions: list[str], rows: Any, answer: dict[str, Any]) -> None:
    with SqlProcess("export", seconds=60, max_frame=1_000) as process:
        process.send({"definitions": definitions, "memory": 2 << 20, "seconds": 60.0})
        for _ in range(20):  # the rest is received after an error too
            process.send(("INSERT INTO t VALUES (?)", rows))
        process.send(None)
        assert process.receive() == answer
