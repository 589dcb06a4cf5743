"""SQLite files that are read in a process of their own."""

from __future__ import annotations

import io
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

import engine
from features.sql.reading import SqliteReader

pytestmark = pytest.mark.slow
DAMAGED = "SQLite cannot read it: database disk image is malformed."


def file_of(script: str, *, rows: dict[str, list[tuple[Any, ...]]] | None = None) -> bytes:
    """Return the file that a script makes, with rows by table."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(script)
        for table, values in (rows or {}).items():
            connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values[0]))})", values)
        connection.commit()
        return connection.serialize()


def reader(content: bytes, *, seconds: float = 20.0) -> SqliteReader:
    return SqliteReader(io.BytesIO(content), size=len(content), seconds=seconds)


def errors_of(content: bytes) -> list[str]:
    """Return the errors of a file that is refused."""
    with pytest.raises(engine.Invalid) as raised, reader(content) as file:
        for number in range(len(file.description.tables)):
            list(file.rows(number))
    assert {error.field for error in raised.value.errors} == {"file"}
    return [error.message for error in raised.value.errors]


def test_a_file_is_described_and_read() -> None:
    script = """
    PRAGMA encoding = 'UTF-16be'; PRAGMA user_version = 3;
    CREATE TABLE "a b" (id INTEGER PRIMARY KEY, t TEXT NOT NULL UNIQUE, u, b BLOB, s AS (t || '!'), rowid INT);
    CREATE TABLE c (x TEXT REFERENCES "a b" (t), y INT DEFAULT 3, PRIMARY KEY (y, x), UNIQUE (x, y)) WITHOUT ROWID;
    CREATE VIEW v AS SELECT 1; CREATE TRIGGER w AFTER INSERT ON c BEGIN SELECT 1; END;
    CREATE INDEX i ON c (y); CREATE UNIQUE INDEX j ON c (x) WHERE y > 1;
    """
    values = {'"a b" (id, t, u, b, rowid)': [(-5, "ä𝄞\0", 1.5, b"\0\xff", 7), (2**62, "", None, b"", 1)]}
    with reader(file_of(script, rows=values)) as file:
        first, second = file.description.tables
        assert (first.name, first.rowid, first.rows, first.last_rowid) == ("a b", "_rowid_", 2, 2**62)
        assert [(column.name, column.type, column.key, column.generated) for column in first.columns] == [
            ("id", "INTEGER", 1, False),
            ("t", "TEXT", 0, False),
            ("u", "", 0, False),
            ("b", "BLOB", 0, False),
            ("s", "", 0, True),
            ("rowid", "INT", 0, False),
        ]
        kinds = [["integer"], ["text"], ["null", "real"], ["blob"], ["text"], ["bit", "integer"]]
        assert first.kinds == kinds
        assert [(unique.name, unique.columns) for unique in first.uniques] == [("", ["t"])]
        assert [(unique.name, unique.columns) for unique in second.uniques] == [("j", []), ("", ["x", "y"])]
        assert [column.key for column in second.columns] == [2, 1]
        assert [(item.table, item.columns, item.to) for item in second.references] == [("a b", ["x"], ["t"])]
        description = file.description
        assert (description.views, description.triggers, description.indexes) == (["v"], ["w"], ["i"])
        rows = [[-5, -5, "ä𝄞\0", 1.5, b"\0\xff", "ä𝄞\0!", 7], [2**62, 2**62, "", None, b"", "!", 1]]
        assert [row for batch in file.rows(0) for row in batch] == rows
        assert [row for batch in file.rows(0, skip=1) for row in batch] == rows[1:]
        assert [*file.rows(1)] == []


def test_virtual_tables_and_their_content_are_left_out() -> None:
    script = "CREATE VIRTUAL TABLE s USING fts5 (x); INSERT INTO s VALUES ('a'); CREATE TABLE s_other (a)"
    with reader(file_of(script)) as file:
        assert [table.name for table in file.description.tables] == ["s_other"]
        assert file.description.virtual_tables == ["s"]


def test_a_file_in_wal_mode_is_read() -> None:
    content = bytearray(file_of("CREATE TABLE t (a); INSERT INTO t VALUES (1)"))
    content[18:20] = b"\2\2"
    with reader(bytes(content)) as file:
        assert [*file.rows(0)] == [[[1, 1]]]


def _computed(expression: str, *, rows: int = 1, more: str = "") -> bytes:
    """Return a file whose table has a generated column that was not computed when its rows were inserted."""
    values = ", ".join(f"({number})" for number in range(rows))
    return file_of(
        f"CREATE TABLE t (a); INSERT INTO t VALUES {values}; PRAGMA writable_schema = ON;"
        f"UPDATE sqlite_schema SET sql = 'CREATE TABLE t (a, b AS ({expression}){more})'"
    )


def _broken_text() -> bytes:
    return file_of("CREATE TABLE t (a TEXT, b); INSERT INTO t VALUES (CAST(x'61ff' AS TEXT), 1)")


@pytest.mark.parametrize(
    ("make", "messages"),
    [
        (lambda: b"SQLite format 3\0", ["SQLite cannot read it: file is not a database."]),
        (lambda: file_of("CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(9999))")[:9_000], [DAMAGED]),
        (lambda: _page_size_of(b"\xff\xff"), ["SQLite cannot read it: file is not a database."]),
        (_broken_text, ["Row 1 of the table 't' has text that is not valid UTF-8 in the column 'a'."]),
        (
            lambda: file_of("CREATE TABLE t (a); INSERT INTO t VALUES (9e999), (1), (-9e999)"),
            [f"Row {number} of the table 't' has an infinite number in the column 'a'." for number in (1, 3)],
        ),
        (
            lambda: file_of(f"CREATE TABLE t ({', '.join(f'c{n}' for n in range(2_000))})"),
            ["The table 't' has 2000 columns; at most 500 can be imported."],
        ),
        (
            lambda: file_of(";".join(f"CREATE TABLE t{number} (a)" for number in range(501))),
            ["It has more than 500 tables."],
        ),
        (
            lambda: file_of("CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(11000000))"),
            ["Row 1 of the table 't' has more than 10485760 bytes."],
        ),
        (
            lambda: _computed("hex(zeroblob(400000000))"),
            ["It needs too much memory."],
        ),
        (
            lambda: _computed("a", more=", c INT NOT NULL"),
            ["SQLite finds it damaged: NULL value in t.c."],
        ),
    ],
)
def test_files_that_are_refused(make: Callable[[], bytes], messages: list[str]) -> None:
    assert errors_of(make()) == messages


def _page_size_of(size: bytes) -> bytes:
    content = bytearray(file_of("CREATE TABLE t (a)"))
    content[16:18] = size
    return bytes(content)


def test_random_damage_is_an_error_or_rows() -> None:
    content = file_of(
        "CREATE TABLE t (a TEXT UNIQUE, b); CREATE VIEW v AS SELECT * FROM t;"
        "CREATE TABLE u (x PRIMARY KEY) WITHOUT ROWID",
        rows={"t": [(f"text {number}" * 9, number) for number in range(200)], "u": [(n,) for n in range(99)]},
    )
    chance = random.Random(7)
    for _ in range(12):
        damaged = bytearray(content)
        for _ in range(chance.choice((1, 4, 40))):
            damaged[chance.randrange(16, len(damaged))] = chance.randrange(256)
        try:
            with reader(bytes(damaged)) as file:
                for number, table in enumerate(file.description.tables):
                    assert sum(map(len, file.rows(number))) == table.rows
        except engine.Invalid as error:
            assert error.errors


def test_a_large_file_is_refused(settings: Any) -> None:
    settings.MAX_SQLITE_BYTES = 1_000
    with pytest.raises(engine.TooLarge, match=r"at most 1000 bytes \(MAX_SQLITE_BYTES\)"):
        reader(file_of("CREATE TABLE t (a)"))


def test_a_file_that_takes_too_long_is_refused() -> None:
    content = _computed("length(hex(zeroblob(3000000 + a)))", rows=20_000)
    with pytest.raises(engine.Invalid, match="too long"):
        reader(content, seconds=1.0)
    with pytest.raises(engine.Invalid, match="too long"):
        reader(content, seconds=0)  # before the process has received it


@pytest.mark.parametrize(
    "frame", [b"[]", b"{}", b'{"description": {"tables": []}}', b"not JSON", b'{"rows": [[1]]}', b'{"errors": []}']
)
def test_frames_that_are_no_answers(frame: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("features.sql.process.SqlProcess.receive_content", lambda self: frame)
    assert errors_of(file_of("CREATE TABLE t (a)")) == ["The file needs too much memory or time to be read."]
