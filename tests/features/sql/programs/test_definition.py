"""The program of statements about the schema."""

from __future__ import annotations

import sqlite3

import pytest

from features.sql.programs.definition import SchemaAuthorizer


def test_what_sqlite_does_is_recorded_or_refused() -> None:
    connection, authorizer = sqlite3.connect(":memory:"), SchemaAuthorizer()
    connection.set_authorizer(authorizer)
    connection.execute("CREATE TABLE t (a, b)")
    connection.execute("ALTER TABLE t RENAME COLUMN a TO c")
    connection.execute("CREATE INDEX i ON t (b)")
    assert {"alter", "index", "table"} <= set(authorizer.codes)
    for statement in (
        "ATTACH ':memory:' AS x",
        "PRAGMA user_version",
        "CREATE TEMP TABLE x (a)",
        "CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END",
        "CREATE VIEW v AS SELECT load_extension('x')",
    ):
        if "VIEW" in statement:  # its functions are refused when it is read
            connection.execute(statement)
            statement = "SELECT * FROM v"
        with pytest.raises(sqlite3.DatabaseError):
            connection.execute(statement)
