"""Makes SQLite files of the tables of a database, in a process of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, Any

import engine
from features.sql.process import ProcessError, SqlProcess
from features.sql.slots import shared_slots
from features.sql.tables import LoadPlan, SqlTable, TableSource, distinct_tables

_PROGRAM = "export"
_OTHER_MEMORY_BYTES = 16 << 20
_MAX_FRAME_BYTES = 1 << 20
_PIECE_BYTES = 64 * 1024
_TOO_LARGE = "The tables are too large for an SQLite file of {} MB. Export them one by one."


@dataclass(frozen=True)
class FileBounds:
    """The bytes of a file, and the seconds in which it is made."""

    max_bytes: int = 32 << 20
    seconds: float = 60.0

    @property
    def memory(self) -> int:
        """The file in pages, and once more as the bytes that are sent."""
        return 2 * self.max_bytes + _OTHER_MEMORY_BYTES

    def too_large(self) -> engine.TooLarge:
        return engine.TooLarge(_TOO_LARGE.format(self.max_bytes >> 20))


INLINE = FileBounds()


class _UnfitError(Exception):
    """A row does not fit the constraints of its table."""


def sqlite_file(
    tables: Sequence[SqlTable],
    source: TableSource,
    *,
    tenant: str,
    definitions: Mapping[str, str] | None = None,
    bounds: FileBounds = INLINE,
) -> Iterator[bytes]:
    """Return the pieces of an SQLite file with the tables and all of their rows.

    `definitions` are the CREATE TABLE statements of tables by name. Without one, or if rows that were stored before
    do not fit, a table has its columns alone. Raises `TooLarge`, `LimitExceeded` while a statement of the tenant
    runs, and `Unavailable`.
    """
    with ExitStack() as stack:
        target = stack.enter_context(TemporaryFile())
        write_sqlite_file(target, tables, source, tenant=tenant, definitions=definitions, bounds=bounds)
        stack.pop_all()
    return pieces_of(target)


def write_sqlite_file(
    target: IO[bytes],
    tables: Sequence[SqlTable],
    source: TableSource,
    *,
    tenant: str,
    definitions: Mapping[str, str] | None = None,
    bounds: FileBounds = INLINE,
) -> None:
    """Write the file of `sqlite_file`, as soon as it is whole."""
    distinct, known = distinct_tables(tables), definitions or {}
    with shared_slots().of(tenant):
        try:
            constrained = [known.get(table.name, table.constrained_definition) for table in distinct]
            _write(target, constrained, distinct, source, bounds)
        except _UnfitError:
            _write(target, [table.definition for table in distinct], distinct, source, bounds)


def _write(
    target: IO[bytes],
    definitions: Sequence[str],
    tables: Sequence[SqlTable],
    source: TableSource,
    bounds: FileBounds,
) -> None:
    """Write the file. Raises `_UnfitError`, and `TooLarge`."""
    with SqlProcess(_PROGRAM, seconds=bounds.seconds, max_frame=_MAX_FRAME_BYTES) as process:
        try:
            process.send({"definitions": definitions, "memory": bounds.memory, "seconds": bounds.seconds})
            _send_rows(process, tables, source, bounds)
            size = _size(process.receive(), bounds)
            while size > 0:
                piece = process.receive_content()
                size -= len(piece)
                target.write(piece)
        except ProcessError as error:
            raise bounds.too_large() from error


def _send_rows(process: SqlProcess, tables: Sequence[SqlTable], source: TableSource, bounds: FileBounds) -> None:
    """Send the rows, then None."""
    size = 0
    for table in tables:
        plan = LoadPlan.of(table, table.by_name)
        for documents in source.batches(table.name, plan.paths):
            size += process.send((plan.insert, plan.rows(documents)))
            if size > bounds.max_bytes:
                raise bounds.too_large()
    process.send(None)


def _size(message: dict[str, Any], bounds: FileBounds) -> int:
    """Return the size of the file that follows."""
    if message.get("conflict"):
        raise _UnfitError
    size = message.get("size")
    if type(size) is not int or size > bounds.max_bytes:
        raise bounds.too_large()
    return size


def pieces_of(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the content of an open file, and close it."""
    with file:
        file.seek(0)
        while piece := file.read(_PIECE_BYTES):
            yield piece
