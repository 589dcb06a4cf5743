"""The statements of the measurement run on its tables, each round on rows of its own."""

from __future__ import annotations

import sqlite3

import pytest

from bench import sql

pytestmark = pytest.mark.unit


COUNT = 63_000


def test_every_statement_runs_on_the_tables() -> None:
    with sqlite3.connect(":memory:") as connection:
        connection.executescript(sql.SCRIPT)
        flights = [{"id": number, **sql._flight(number)} for number in range(1, COUNT + 1)]
        connection.executemany("INSERT INTO flights VALUES (:id, :origin, :day, :distance, :delay)", flights)
        changes = {
            measurement.title.partition(" ")[0]: [
                connection.execute(measurement.of_round(number)).rowcount for number in range(2)
            ]
            for measurement in sql.MEASUREMENTS
        }
    assert {name: counts for name, counts in changes.items() if counts != [-1, -1]} == {
        "7a": [10, 10],
        "7b": [1_000, 1_000],
        "7c": [50_000, 50_000],
        "7d": [50_000, 50_000],
        "8": [1_000, 1_000],
        "8b": [1_000, 1_000],
        "9": [1_000, 1_000],
    }


def test_statements_are_chosen_by_their_numbers() -> None:
    assert [item.title.partition(" ")[0] for item in sql._chosen(["5", "2c"])] == ["2c", "5"]
    assert [*sql._chosen([])] == [*sql.MEASUREMENTS]
