"""The description of an SQLite file, in this process."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from features.sql.programs.describing import FileError, describe, select_of


def test_tables_and_the_rest() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(
            "CREATE TABLE t (a, rowid, oid); INSERT INTO t VALUES (1, 2, 3), (0.5, 'x', NULL);"
            "CREATE TABLE u (k PRIMARY KEY) WITHOUT ROWID; CREATE VIEW v AS SELECT 1; CREATE INDEX i ON t (a);"
        )
        described = describe(connection, max_row_bytes=1_000)
    first, second = described["tables"]
    assert select_of(first) == 'SELECT _rowid_, "a", "rowid", "oid" FROM "t"'
    assert select_of(second) == 'SELECT NULL, "k" FROM "u"'
    assert first["kinds"] == [["bit", "real"], ["integer", "text"], ["integer", "null"]]
    assert (first["rows"], first["last_rowid"], second["rows"]) == (2, 2, 0)
    assert {name: described[name] for name in ("views", "triggers", "indexes", "virtual_tables")} == {
        "views": ["v"],
        "triggers": [],
        "indexes": ["i"],
        "virtual_tables": [],
    }


def test_every_error_up_to_a_number() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE t (a)")
        connection.executemany("INSERT INTO t VALUES (?)", [(float("inf"),)] * 30)
        with pytest.raises(FileError) as raised:
            describe(connection, max_row_bytes=1_000)
    assert len(raised.value.messages) == 20
    assert raised.value.messages[0] == "Row 1 of the table 't' has an infinite number in the column 'a'."
