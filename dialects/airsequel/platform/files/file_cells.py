"""Files in cells: a BLOB column stores the id of a file of the database."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import engine
import features.files.services
from accounts.principal import Principal
from catalog.services.hidden_fields import ROWID
from catalog.services.metadata.tables import TableDeclaration, table_declarations
from dialects.airsequel.platform.cells import number_of, value_of
from dialects.airsequel.platform.columns import TableColumn, columns_of
from dialects.airsequel.platform.table_handle import TableHandle
from engine import Action
from features.files import kinds
from features.files.services import Upload

MAX_CELL_BYTES = 10 << 20
_NO_ROW = "Row not found."
_NO_FILE = "The cell has no file."


@dataclass(frozen=True)
class CellContent:
    """The content of a cell, to be read in parts. `tag` changes with the content."""

    tag: str
    name: str
    kind: str
    length: int
    is_shown: bool
    read: Callable[..., bytes]


def open_file(table: TableHandle, column: str, *, key: str, value: str) -> CellContent:
    """Open the file of a cell, in the row where the column `key` has the value. Raises `NotFound`, `Invalid`."""
    cell = _file_column(table, column)
    stored = _row(table, key, value).get(cell.name)
    if type(stored) is bytes:
        return _of_bytes(cell.name, stored)
    if type(stored) is not str or not stored:
        raise engine.NotFound(_NO_FILE)
    content = features.files.services.open_content(
        table.principal, table.database.id, stored, size=features.files.services.ORIGINAL
    )
    return CellContent(
        content.file.id, content.file.name, content.kind, content.length, content.is_shown, content.read
    )


def _of_bytes(name: str, stored: bytes) -> CellContent:
    """Return binary data of a row, whose type is that of its first bytes."""
    kind = kinds.kind_of(stored)

    def read(*, start: int = 0, end: int | None = None) -> bytes:
        return stored[start:end]

    tag = hashlib.sha256(stored).hexdigest()[:32]
    return CellContent(tag, name, kind, len(stored), kind in kinds.IMAGES, read)


def store_file(table: TableHandle, column: str, upload: Upload, *, key: str, value: str) -> None:
    """Store a file in a cell, and delete the one that it replaces. Needs WRITE and INSERT."""
    table.collection.require(Action.WRITE)
    cell = _file_column(table, column)
    row = _row(table, key, value)
    if cell.is_binary:
        _store_bytes(table, cell, upload, row)
        return
    stored = features.files.services.upload(table.principal, table.database.id, [upload])
    (file_id,) = stored.ids
    try:
        count = _set(table, cell, row, file_id)
    except engine.Error:
        _discard(table, file_id)
        raise
    if not count:
        _discard(table, file_id)
        raise engine.NotFound(_NO_ROW)
    if row.get(cell.name):
        _discard(table, str(row[cell.name]))


def _store_bytes(table: TableHandle, cell: TableColumn, upload: Upload, row: dict[str, Any]) -> None:
    """Store a file in the row itself, as the other cells of the column are."""
    table.collection.require(Action.INSERT)
    if upload.size > MAX_CELL_BYTES:
        raise engine.TooLarge(f"A file in a row has at most {MAX_CELL_BYTES} bytes.")
    if not _set(table, cell, row, upload.content.read()):
        raise engine.NotFound(_NO_ROW)


def _set(table: TableHandle, cell: TableColumn, row: dict[str, Any], value: Any) -> int:
    return table.collection.update(engine.Query(filter={"_id": row["_id"]}), engine.Change({cell.name: value}))


def file_fields_of(database: engine.Database) -> dict[str, list[str]]:
    """Return the columns of files by table, of the tables that have any."""
    declarations = table_declarations(database.id)
    fields_by_table = {
        name: [
            column.name
            for column in columns_of(spec.schema, declarations.get(name, TableDeclaration()))
            if column.is_file
        ]
        for name, spec in database.specs.items()
    }
    return {name: fields for name, fields in fields_by_table.items() if fields}


def files_in(database: engine.Database, name: str, columns: Iterable[str]) -> list[str]:
    """Return the ids of the files in columns of a table."""
    fields = [*columns]
    if not fields:
        return []
    batches = database.collection(name).each(engine.Query(fields=dict.fromkeys(fields, 1)))
    values = {row.get(field) for batch in batches for row in batch for field in fields}
    return sorted(value for value in values if type(value) is str and value)


def discard_files(principal: Principal, database_id: str, ids: Iterable[str]) -> None:
    """Delete files whose cells are gone."""
    for file_id in ids:
        features.files.services.discard(principal, database_id, file_id)


def _discard(table: TableHandle, file_id: str) -> None:
    features.files.services.discard(table.principal, table.database.id, file_id)


def _file_column(table: TableHandle, name: str) -> TableColumn:
    column = table.column(name)
    if not column.is_file and not column.is_binary:
        raise engine.Invalid.of_field(name, "Is no column of files: its type must be BLOB.")
    return column


def _row(table: TableHandle, key: str, value: str) -> dict[str, Any]:
    rows = table.rows(_filter(table, key, value), limit=1)
    if not rows:
        raise engine.NotFound(_NO_ROW)
    return rows[0]


def _filter(table: TableHandle, key: str, value: str) -> dict[str, Any]:
    if key == "_id":
        return {"_id": value}
    if key == table.rowid_name:
        number = number_of(value)
        if type(number) is not int:
            raise engine.Invalid.of_field(key, "Must be a whole number.")
        return {ROWID: number}
    column = table.column(key)
    if not column.is_unique:
        raise engine.Invalid.of_field(key, "Several rows may have this value. Name the rowid or a unique column.")
    return {column.path: value_of(column, value)}
