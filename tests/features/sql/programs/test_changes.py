"""The rows that a statement has changed, and the keys that it would insert."""

from __future__ import annotations

import sqlite3

import pytest

from features.sql.programs.changes import Comparison, UnstorableError, attempted_keys, free_name


@pytest.fixture
def connection() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b UNIQUE)")
    connection.execute("INSERT INTO t VALUES (1, 1, 'x'), (2, NULL, 'y'), (3, 'z', NULL)")
    return connection


def test_rows_that_differ(connection: sqlite3.Connection) -> None:
    comparison = Comparison(connection, "t", rowid="id", copy="before")
    assert list(comparison.records()) == []
    connection.execute("UPDATE t SET a = 1.0 WHERE id = 1")
    connection.execute("UPDATE t SET b = x'00' WHERE id = 2")
    connection.execute("DELETE FROM t WHERE id = 3")
    connection.execute("INSERT INTO t (a) VALUES (NULL)")
    assert list(comparison.records()) == [
        ["update", 1, {"a": 1.0}],
        ["update", 2, {"b": {"blob": "AA=="}}],
        ["update", 3, {"a": None}],
    ]
    connection.execute("DELETE FROM t WHERE id = 3")
    connection.execute("INSERT INTO t VALUES (7, 'new', 'n')")
    kinds = [record[:2] for record in comparison.records()]
    assert kinds == [["delete", 3], ["update", 1], ["update", 2], ["insert", 7]]
    connection.execute("UPDATE t SET a = 9e999")
    with pytest.raises(UnstorableError, match="A value of a is no finite number"):
        list(comparison.records())


def test_keys_that_would_be_inserted(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM t")

    def keys(statement: str) -> list[list[object]]:
        found = attempted_keys(
            connection, lambda: connection.execute(statement), table="t", keys=["id", "b"], log="keys"
        )
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'keys'").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)
        return found

    assert keys("INSERT INTO t (b) VALUES ('x'), ('x') ON CONFLICT DO UPDATE SET b = 'other'") == [[], ["x"]]
    assert keys("INSERT INTO t VALUES (5, 1, 'x'), (NULL, 2, NULL), (7, 3, x'00')") == [[5, 7], ["x"]]
    assert keys("INSERT OR IGNORE INTO t VALUES (5, 1, 'x'), (5, 1, 'y')") == [[5], ["x", "y"]]
    assert keys("INSERT INTO t VALUES (5, 1, 'x'), (5, 1, 'y')") == [[], []]


def test_names_of_own_tables_are_free() -> None:
    assert free_name("keys", {"users": 1}) == "keys"
    assert free_name("keys", {"KEYS": 1, "-keys-": 1}) == "--keys--"
