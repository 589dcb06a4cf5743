"""The rows that a statement has changed: as its process sends them, checked, and as documents have them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

import engine
from engine.encoding import loads
from features.sql.process import ProcessError, SqlProcess
from features.sql.tables import SqlColumn, SqlTable

KINDS = frozenset({"delete", "insert", "update"})
Values = dict[str, Any]
_BLOB = "blob"
_JSON_KINDS = frozenset({"array", "json", "object", "regex"})
_TOO_MANY = "The statement changes more than {} rows (SQL_MAX_CHANGES)."
_TOO_LARGE = "The changes of the statement have more than {} bytes (SQL_MAX_CHANGE_BYTES)."
_NO_FILE = "A file is written by its own address, not by SQL."
_NO_BLOB = "Must be no BLOB."
_NO_JSON = "Must be JSON text."


@dataclass
class TableChanges:
    """The changes of one table by rowid: fields of new rows, changed fields, and rows that are gone."""

    table: SqlTable
    inserted: dict[int, Values] = field(default_factory=dict)
    updated: dict[int, Values] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)

    @property
    def kinds(self) -> set[str]:
        sets = {"insert": self.inserted, "update": self.updated, "delete": self.deleted}
        return {kind for kind, rows in sets.items() if rows}

    @classmethod
    def received(cls, process: SqlProcess, table: SqlTable, *, known: Collection[int]) -> TableChanges:
        """Receive changes; `known` are the rowids of the rows that the process has been sent.

        Raises `Invalid`, `TooLarge`, `Refused`, and `ProcessError` for what no statement changes.
        """
        changes, before = cls(table), process.received
        while records := _records(process):
            if process.received - before > settings.SQL_MAX_CHANGE_BYTES:
                raise engine.TooLarge(_TOO_LARGE.format(settings.SQL_MAX_CHANGE_BYTES))
            for record in records:
                changes._add(record, known)
            if len(changes) > settings.SQL_MAX_CHANGES:
                raise engine.TooLarge(_TOO_MANY.format(settings.SQL_MAX_CHANGES))
        return changes

    def __len__(self) -> int:
        return len(self.inserted) + len(self.updated) + len(self.deleted)

    def _add(self, record: Any, known: Collection[int]) -> None:
        if type(record) is not list or len(record) != 3:
            raise ProcessError
        kind, rowid, cells = record
        if kind not in KINDS or type(rowid) is not int or type(cells) is not dict:
            raise ProcessError
        is_repeated = rowid in self.inserted or rowid in self.updated or rowid in self.deleted
        if is_repeated or (rowid in known) == (kind == "insert") or not cells.keys() <= self.table.by_name.keys():
            raise ProcessError
        if kind == "delete":
            self.deleted.add(rowid)
            return
        values = self._values(cells, is_new=kind == "insert")
        (self.inserted if kind == "insert" else self.updated)[rowid] = values

    def _values(self, cells: Mapping[str, Any], *, is_new: bool) -> Values:
        """Return fields with the values of cells. A new row leaves out what is null and has no default."""
        columns = [(self.table.by_name[name], cell) for name, cell in cells.items()]
        return {
            column.path: document_value(column, cell)
            for column, cell in columns
            if not column.is_rowid_alias and (cell is not None or column.default or not is_new)
        }


def document_value(column: SqlColumn, cell: Any) -> Any:
    """Return what a field is given for a cell, which its schema then checks. Raises `Invalid`, `ProcessError`."""
    if type(cell) is dict:
        return _of_blob(column, cell)
    if cell is not None and type(cell) not in (str, int, float):
        raise ProcessError
    if cell is None:
        return None
    if column.is_file:
        raise engine.Invalid.of_field(column.name, _NO_FILE)
    if column.kind == "boolean" and cell in (0, 1):
        return cell == 1
    if column.kind in ("decimal128", "binary"):
        return str(cell)
    if column.kind in _JSON_KINDS and type(cell) is str:
        return _of_json(column, cell)
    return cell


def _of_json(column: SqlColumn, text: str) -> Any:
    try:
        return loads(text.encode(), depth=settings.MAX_DEPTH)
    except engine.Invalid as error:
        raise engine.Invalid.of_field(column.name, _NO_JSON) from error


def _of_blob(column: SqlColumn, cell: Mapping[str, Any]) -> Any:
    content = cell.get(_BLOB)
    if cell.keys() != {_BLOB} or type(content) is not str:
        raise ProcessError
    if column.is_file:
        raise engine.Invalid.of_field(column.name, _NO_FILE)
    if column.kind != "binary":
        raise engine.Invalid.of_field(column.name, _NO_BLOB)
    try:
        base64.b64decode(content, validate=True)
    except binascii.Error as error:
        raise ProcessError from error
    return content


def _records(process: SqlProcess) -> Sequence[Any]:
    """Return the records of a batch. Raises `ProcessError`, and `Refused` for an error of the statement."""
    records = process.receive().get("records")
    if type(records) is not list:
        raise ProcessError
    return records
