"""SQLite files of tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

import engine
from features.sql.exporting import FileBounds, sqlite_file
from features.sql.tables import SqlColumn, SqlTable
from tests.features.sql.support import MemoryDatabase, MemorySource, memory_database

pytestmark = pytest.mark.slow


def opened(pieces: Iterator[bytes]) -> sqlite3.Connection:
    """Open a file as SQLite does."""
    connection = sqlite3.connect(":memory:")
    connection.deserialize(b"".join(pieces))
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    return connection


def schema_of(connection: sqlite3.Connection) -> list[str]:
    return [text for (text,) in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")]


def test_a_file_has_tables_rows_and_rowids(database: MemoryDatabase) -> None:
    connection = opened(sqlite_file(database.tables, database.source, tenant="anna"))
    assert schema_of(connection) == [
        'CREATE TABLE "users" ("name" "TEXT", "age" "INTEGER", "team" "TEXT")',
        'CREATE TABLE "teams" ("id" INTEGER PRIMARY KEY, "title" "TEXT")',
    ]
    users = [(1, "Ada", 36, "a"), (2, "Bob", 20, "b"), (3, "Zoë", None, "a")]
    assert connection.execute("SELECT rowid, * FROM users").fetchall() == users
    assert connection.execute("SELECT * FROM teams").fetchall() == [(1, "First"), (2, "Second")]


def constrained(rows: list[dict[str, Any]]) -> tuple[list[SqlTable], MemorySource]:
    columns = (SqlColumn("a", "a", "TEXT", is_required=True), SqlColumn("b", "b", "INT", is_unique=True))
    return [SqlTable("t", columns, "_rowid")], MemorySource({"t": rows})


@pytest.mark.parametrize(
    ("rows", "schema"),
    [
        ([{"_rowid": 1, "a": "x", "b": 1}], 'CREATE TABLE "t" ("a" "TEXT" NOT NULL, "b" "INT" UNIQUE)'),
        ([{"_rowid": 1, "b": 1}], 'CREATE TABLE "t" ("a" "TEXT", "b" "INT")'),
        ([{"_rowid": n, "a": "x", "b": 1} for n in range(1_000)], 'CREATE TABLE "t" ("a" "TEXT", "b" "INT")'),
    ],
)
def test_constraints_that_rows_do_not_fit_are_left_out(rows: list[dict[str, Any]], schema: str) -> None:
    tables, source = constrained(rows)
    definitions = {"t": schema} if "UNIQUE" in schema else None
    connection = opened(sqlite_file(tables, source, tenant="anna", definitions=definitions))
    assert schema_of(connection) == [schema]
    assert connection.execute("SELECT count(*) FROM t").fetchall() == [(len(rows),)]


def test_a_large_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    database = memory_database(t=([("a", "TEXT")], [{"a": "x" * 100_000}] * 30))
    with pytest.raises(engine.TooLarge, match="too large for an SQLite file of 1 MB"):
        sqlite_file(database.tables, database.source, tenant="anna", bounds=FileBounds(max_bytes=1 << 20))
    with monkeypatch.context() as patch:
        patch.setattr(FileBounds, "memory", 2 << 20)
        with pytest.raises(engine.TooLarge, match="too large for an SQLite file of 32 MB"):
            sqlite_file(database.tables, database.source, tenant="anna")
    assert len(b"".join(sqlite_file(database.tables, database.source, tenant="anna"))) > 3_000_000


def test_an_empty_database_is_a_file() -> None:
    assert schema_of(opened(sqlite_file([], MemorySource({}), tenant="anna"))) == []
