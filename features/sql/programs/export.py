"""The program that makes an SQLite file of tables. It receives a job, then rows, and sends the file."""

from __future__ import annotations

import sqlite3
from typing import Any

from features.sql.programs.confinement import confine, open_database
from features.sql.programs.frames import receive, send, send_content

_PIECE = 256 * 1024
_MAX_ERROR = 400


def main() -> None:
    """Answer with `{size}` and the pieces of the file, or with `{error}`; `conflict` is true for a constraint."""
    job: dict[str, Any] = receive()
    connection = open_database(memory=job["memory"], seconds=job["seconds"])
    confine(memory=job["memory"], seconds=job["seconds"])
    try:
        _fill(connection, job["definitions"])
        content = memoryview(connection.serialize())
    except (MemoryError, sqlite3.Error) as error:
        send({"error": str(error)[:_MAX_ERROR], "conflict": isinstance(error, sqlite3.IntegrityError)})
        return
    send({"size": len(content)})
    for start in range(0, len(content), _PIECE):
        send_content(content[start : start + _PIECE])


def _fill(connection: sqlite3.Connection, definitions: list[str]) -> None:
    """Create the tables and insert what is received: each message is an INSERT and its rows; None is the last.

    After an error the rest is received, so that the service can send it before it reads the error.
    """
    rest = iter(receive, None)
    try:
        connection.execute("CREATE TABLE a (a)")  # a file without tables has a page too
        connection.execute("DROP TABLE a")
        for definition in definitions:
            connection.execute(definition)
        connection.execute("BEGIN")
        for statement, rows in rest:
            connection.executemany(statement, rows)
        connection.execute("COMMIT")
    finally:
        for _ in rest:
            pass
