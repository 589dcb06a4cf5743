"""The parts of the program that reads SQLite files."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from features.sql.programs.describing import describe
from features.sql.programs.reading import _load, _message, _rows


def test_frames_have_some_of_the_rows_and_the_last_is_empty() -> None:
    with closing(sqlite3.connect(":memory:")) as source, closing(sqlite3.connect(":memory:")) as connection:
        source.execute("CREATE TABLE t (a)")
        source.executemany("INSERT INTO t VALUES (?)", [(number,) for number in range(1_500)] + [(b"\xff",)])
        source.commit()
        _load(connection, bytearray(source.serialize()))
        (table,) = describe(connection, max_row_bytes=1_000)["tables"]
        frames = [json.loads(frame)["rows"] for frame in _rows(connection, table, skip=1)]
    assert [len(rows) for rows in frames] == [1_000, 500, 0]
    assert (frames[0][0], frames[1][-1]) == ([2, 1], [1_501, {"blob": "/w=="}])


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (MemoryError(), "It needs too much memory."),
        (sqlite3.OperationalError("interrupted"), "It takes too long to read."),
        (sqlite3.DatabaseError("malformed"), "SQLite cannot read it: malformed."),
    ],
)
def test_errors(error: Exception, text: str) -> None:
    assert _message(error) == text
