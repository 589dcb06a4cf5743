"""The statements of the measurement run on its tables, and its rows are those of Markdown."""

from __future__ import annotations

import sqlite3

import pytest

from bench import sandbox

pytestmark = pytest.mark.unit


def test_every_statement_runs_on_the_tables() -> None:
    with sqlite3.connect(":memory:") as connection:
        connection.executescript(sandbox._CREATE)
        connection.execute("INSERT INTO airports (iata, state) VALUES ('A001', 'S01')")
        for number in range(5_000):
            connection.execute("INSERT INTO flights VALUES (NULL, 'A001', '2020-01-01', ?, ?)", (number, number))
        changes = {name: connection.execute(statement).rowcount for name, statement in sandbox.ROWS.items()}
    assert {name: count for name, count in changes.items() if count >= 0} == {
        "UPDATE of 10 rows": 10,
        "UPDATE of 1,000 rows": 1_000,
        "UPDATE of 50,000 rows, own values": 5_000,
        "INSERT of 1,000 rows": 4,
        "DELETE of 1,000 rows": 1_000,
    }


def test_the_latency_of_calls() -> None:
    calls: list[int] = []
    row = sandbox._quantiles("nothing", lambda: calls.append(1), count=20, pause=0)
    assert (len(calls), row.count("|")) == (23, 5)
    assert row.startswith("| nothing | 0 |")
