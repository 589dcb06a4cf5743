"""The program that reads an uploaded SQLite file.

It receives a job and the file, answers with a description of the file, and then with the rows of the tables that it
is asked for.
"""

from __future__ import annotations

import json
import sqlite3
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

from features.sql.programs.confinement import confine, open_database
from features.sql.programs.describing import BrokenText, FileError, describe, select_of
from features.sql.programs.frames import receive, send, send_content

_MAX_ERROR = 400
_BATCH_ROWS = 1_000
_BATCH_BYTES = 1 << 20
_WAL = 2


def main() -> None:
    job: dict[str, Any] = receive()
    connection = open_database(memory=job["memory"], seconds=job["seconds"])
    confine(memory=job["memory"], seconds=job["cpu_seconds"])
    try:
        _load(connection, _content())
        description = describe(connection, max_row_bytes=job["max_row_bytes"])
        send({"description": description})
        for request in iter(receive, None):
            for frame in _rows(connection, description["tables"][request["table"]], skip=request["skip"]):
                send_content(frame)
    except FileError as error:
        send({"errors": error.messages})
    except (MemoryError, sqlite3.Error, OverflowError) as error:
        send({"errors": [_message(error)]})


def _content() -> bytearray:
    """Receive the pieces of the file, then None."""
    content = bytearray()
    for piece in iter(receive, None):
        content += piece
    return content


def _load(connection: sqlite3.Connection, content: bytearray) -> None:
    """Open the file in memory. One in WAL mode is marked as an ordinary one: its log is not part of it."""
    for offset in (18, 19):  # the versions for writing and reading
        if len(content) > offset and content[offset] == _WAL:
            content[offset] = 1
    connection.deserialize(content)
    connection.text_factory = _text
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA cell_size_check = ON")


def _text(value: bytes) -> Any:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return BrokenText()


def _rows(connection: sqlite3.Connection, table: dict[str, Any], *, skip: int) -> Iterator[bytes]:
    """Yield frames with the rows of a table, the first of which are skipped; an empty frame is the last."""
    batch: list[str] = []
    size = 0
    for row in connection.execute(f"{select_of(table)} LIMIT -1 OFFSET ?", (skip,)):
        text = json.dumps([_cell(value) for value in row], ensure_ascii=False)
        batch.append(text)
        size += len(text)
        if len(batch) == _BATCH_ROWS or size > _BATCH_BYTES:
            yield _frame(batch)
            batch, size = [], 0
    if batch:
        yield _frame(batch)
    yield _frame([])


def _frame(rows: list[str]) -> bytes:
    return f'{{"rows": [{",".join(rows)}]}}'.encode()


def _cell(value: Any) -> Any:
    """Return a cell as JSON; a BLOB is an object with its base64."""
    return {"blob": b64encode(value).decode()} if type(value) is bytes else value


def _message(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "It needs too much memory."
    if str(error) == "interrupted":
        return "It takes too long to read."
    return f"SQLite cannot read it: {str(error)[:_MAX_ERROR]}."
