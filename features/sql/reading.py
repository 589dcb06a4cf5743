"""Reads uploaded SQLite files in a process of their own, which is not trusted: what it sends is checked."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Literal, Protocol

from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field, ValidationError

import engine
from engine.encoding import loads
from engine.errors import invalid
from features.sql.cells import Cell
from features.sql.process import ProcessError, ProcessLate, SqlProcess

MAGIC = b"SQLite format 3\0"
MAX_ROW_BYTES = 10 << 20
_PROGRAM = "reading"
# Text in JSON has at most six bytes for one, besides the brackets of a frame's rows.
_MAX_FRAME_BYTES = 6 * MAX_ROW_BYTES + (16 << 20)
# The pages of the file come on top.
_OTHER_MEMORY_BYTES = 64 << 20
_CPU_SECONDS = 120
_PIECE_BYTES = 1 << 20
_DEPTH = 8
_FIELD = "file"
_ENDED = "The file needs too much memory or time to be read."
_LATE = "The file takes too long to be read."

CellKind = Literal["null", "bit", "integer", "real", "text", "blob"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class FileColumn(_Model):
    """A column. `key` is its place in the primary key, from 1; `default` is an expression."""

    name: str
    type: str
    not_null: bool
    default: str | None
    key: int
    generated: bool


class FileUnique(_Model):
    """A unique index; without `columns` one of expressions, or of some rows."""

    name: str
    columns: list[str]


class FileReference(_Model):
    """A foreign key. An empty name in `to` is the primary key of the other table."""

    table: str
    columns: list[str]
    to: list[str]


class FileTable(_Model):
    """A table. `rowid` is empty where it has none; `kinds` are those of the cells of each column."""

    name: str
    columns: list[FileColumn]
    sql: str
    rowid: str
    uniques: list[FileUnique]
    references: list[FileReference]
    rows: int = Field(ge=0)
    last_rowid: int
    kinds: list[list[CellKind]]


class FileDescription(_Model):
    """What an SQLite file has. Only tables can be imported; the other parts are named."""

    tables: list[FileTable]
    views: list[str]
    triggers: list[str]
    indexes: list[str]
    virtual_tables: list[str]

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)


class _ReadableFile(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


class SqliteReader:
    """An open file. Raises `Invalid` in all of its methods where the file cannot be imported."""

    def __init__(self, file: _ReadableFile, *, size: int, seconds: float) -> None:
        """Start the process and send it the file; it ends after `seconds`. Raises `TooLarge`."""
        if size > settings.MAX_SQLITE_BYTES:
            raise engine.TooLarge(f"A file has at most {settings.MAX_SQLITE_BYTES} bytes (MAX_SQLITE_BYTES).")
        self._process = SqlProcess(_PROGRAM, seconds=seconds, max_frame=_MAX_FRAME_BYTES)
        try:
            self._send_file(file, size, seconds)
            self.description = self._description()
        except BaseException:
            self._process.close()
            raise

    def __enter__(self) -> SqliteReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.close()

    def rows(self, table: int, *, skip: int = 0) -> Iterator[list[list[Cell]]]:
        """Yield the rows of a table in batches, after the first `skip`: the rowid or None, and the cells."""
        width = 1 + len(self.description.tables[table].columns)
        self._send({"table": table, "skip": skip})
        while rows := self._receive().get("rows"):
            if type(rows) is not list or any(type(row) is not list or len(row) != width for row in rows):
                raise _refused(_ENDED)
            yield [[_cell(value) for value in row] for row in rows]

    def _send_file(self, file: _ReadableFile, size: int, seconds: float) -> None:
        self._send(
            {
                "memory": size + _OTHER_MEMORY_BYTES,
                "seconds": seconds,
                "cpu_seconds": _CPU_SECONDS,
                "max_row_bytes": MAX_ROW_BYTES,
            }
        )
        while piece := file.read(_PIECE_BYTES):
            self._send(piece)
        self._send(None)

    def _description(self) -> FileDescription:
        try:
            return FileDescription.model_validate(self._receive().get("description"))
        except ValidationError as error:
            raise _refused(_ENDED) from error

    def _send(self, message: Any) -> None:
        try:
            self._process.send(message)
        except ProcessLate as error:
            raise _refused(_LATE) from error
        except ProcessError as error:
            raise _refused(_ENDED) from error

    def _receive(self) -> dict[str, Any]:
        """Return the next message. Raises `Invalid` with the errors of the file."""
        try:
            message = loads(self._process.receive_content(), depth=_DEPTH)
        except ProcessLate as error:
            raise _refused(_LATE) from error
        except (ProcessError, engine.Error) as error:
            raise _refused(_ENDED) from error
        if type(message) is not dict:
            raise _refused(_ENDED)
        errors = message.get("errors")
        if type(errors) is list and errors:
            raise _refused(*map(str, errors[:20]))
        return message


def _cell(value: Any) -> Cell:
    if type(value) is not dict:
        return None if type(value) in (bool, list) else value
    try:
        return b64decode(value["blob"], validate=True)
    except (KeyError, TypeError, ValueError, Base64Error) as error:
        raise _refused(_ENDED) from error


def _refused(*messages: str) -> engine.Invalid:
    return invalid([engine.FieldError(_FIELD, message) for message in messages])
