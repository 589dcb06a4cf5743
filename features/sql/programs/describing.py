"""Describes an SQLite file: its tables with columns and keys, what the cells of each column are, and the rest.

Only ordinary tables are read. Views, triggers and virtual tables are named and never run.
"""

from __future__ import annotations

import math
import re
import sqlite3
from collections.abc import Iterator
from typing import Any

_MAX_ERRORS = 20
_MAX_TABLES = 500
_MAX_COLUMNS = 500
_MAX_SQL = 100_000
_ROWID_NAMES = ("rowid", "_rowid_", "oid")
_VIRTUAL = re.compile(r"\s*CREATE\s+VIRTUAL\s", re.IGNORECASE)
# The ordinary tables in which modules of SQLite keep what their virtual tables show.
_SHADOWS = ("config", "content", "data", "docsize", "idx", "node", "parent", "rowid", "segdir", "segments", "stat")
_GENERATED = (2, 3)


class FileError(Exception):
    """The file cannot be imported, for these reasons."""

    def __init__(self, *messages: str) -> None:
        super().__init__(*messages)
        self.messages = list(messages)


class BrokenText:
    """A text that is not UTF-8."""


def describe(connection: sqlite3.Connection, *, max_row_bytes: int) -> dict[str, Any]:
    """Return the description. Raises `FileError` with every error."""
    _check_intact(connection)
    objects = [_Object(*row) for row in connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema")]
    if any(isinstance(text, BrokenText) for item in objects for text in (item.name, item.table, item.sql)):
        raise FileError("The name or definition of a table is not UTF-8.")
    virtual = [item.name for item in objects if item.is_virtual]
    names = [item for item in objects if item.is_table and not _is_shadow(item.name, virtual)]
    if len(names) > _MAX_TABLES:
        raise FileError(f"It has more than {_MAX_TABLES} tables.")
    tables = [_table(connection, item.name, item.sql or "") for item in names]
    scans = [_Scan(table, max_row_bytes) for table in tables]
    for scan in scans:
        scan.run(connection)
    errors = [message for scan in scans for message in scan.errors]
    if errors:
        raise FileError(*errors[:_MAX_ERRORS])
    named = {kind: [item.name for item in objects if item.type == kind and item.sql] for kind in _KINDS}
    return {
        "tables": tables,
        "views": named["view"],
        "triggers": named["trigger"],
        "indexes": [name for name in named["index"] if name not in _unique_indexes(tables)],
        "virtual_tables": virtual,
    }


_KINDS = ("view", "trigger", "index")


class _Object:
    """An entry of the schema."""

    def __init__(self, type: str, name: str, table: str, sql: str | None) -> None:
        self.type, self.name, self.table, self.sql = type, name, table, sql

    @property
    def is_virtual(self) -> bool:
        return self.type == "table" and _VIRTUAL.match(self.sql or "") is not None

    @property
    def is_table(self) -> bool:
        return self.type == "table" and not self.is_virtual and not self.name.lower().startswith("sqlite_")


def _is_shadow(name: str, virtual: list[str]) -> bool:
    return any(name.lower() == f"{table}_{end}".lower() for table in virtual for end in _SHADOWS)


def _check_intact(connection: sqlite3.Connection) -> None:
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise FileError(f"SQLite finds it damaged: {str(verdict)[:400]}.")


def _table(connection: sqlite3.Connection, name: str, sql: str) -> dict[str, Any]:
    rows = connection.execute(
        'SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?)', (name,)
    )
    columns = [
        {
            "name": column,
            "type": kind,
            "not_null": bool(required),
            "default": default,
            "key": key,
            "generated": hidden in _GENERATED,
        }
        for column, kind, required, default, key, hidden in rows
    ]
    if len(columns) > _MAX_COLUMNS:
        raise FileError(f"The table {name!r} has {len(columns)} columns; at most {_MAX_COLUMNS} can be imported.")
    if any(
        isinstance(text, BrokenText) for item in columns for text in (item["name"], item["type"], item["default"])
    ):
        raise FileError(f"The definition of the table {name!r} is not UTF-8.")
    return {
        "name": name,
        "columns": columns,
        "sql": sql[:_MAX_SQL],
        "rowid": _rowid(connection, name, columns),
        "uniques": [*_uniques(connection, name)],
        "references": _references(connection, name),
    }


def _rowid(connection: sqlite3.Connection, table: str, columns: list[dict[str, Any]]) -> str:
    """Return a name of the rowid; an empty one where the table has none, or columns hide it."""
    taken = {column["name"].lower() for column in columns}
    for name in _ROWID_NAMES:
        if name not in taken:
            try:
                connection.execute(f"SELECT {name} FROM {_quoted(table)} LIMIT 0")
            except sqlite3.OperationalError:
                return ""
            return name
    return ""


def _uniques(connection: sqlite3.Connection, table: str) -> Iterator[dict[str, Any]]:
    """Yield the unique indexes that are whole and consist of columns; the others are named without columns."""
    indexes = connection.execute('SELECT name, origin, partial FROM pragma_index_list(?) WHERE "unique"', (table,))
    for index, origin, partial in indexes.fetchall():
        columns = [name for (name,) in connection.execute("SELECT name FROM pragma_index_info(?)", (index,))]
        if origin != "pk":
            whole = not partial and None not in columns
            yield {"name": index if origin == "c" else "", "columns": columns if whole else []}


def _unique_indexes(tables: list[dict[str, Any]]) -> set[str]:
    return {unique["name"] for table in tables for unique in table["uniques"]}


def _references(connection: sqlite3.Connection, table: str) -> list[dict[str, Any]]:
    statement = 'SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?) ORDER BY id, seq'
    keys: dict[int, dict[str, Any]] = {}
    for number, target, column, to in connection.execute(statement, (table,)):
        key = keys.setdefault(number, {"table": target, "columns": [], "to": []})
        key["columns"].append(column)
        key["to"].append(to or "")
    return [*keys.values()]


def select_of(table: dict[str, Any]) -> str:
    """Return the SELECT of all rows: the rowid, or NULL, and the columns."""
    columns = [table["rowid"] or "NULL", *(_quoted(column["name"]) for column in table["columns"])]
    return f"SELECT {', '.join(columns)} FROM {_quoted(table['name'])}"


class _Scan:
    """Reads all rows of a table once, and records in it their number, the last rowid, and the kinds of cells."""

    def __init__(self, table: dict[str, Any], max_row_bytes: int) -> None:
        self._table = table
        self._max_bytes = max_row_bytes
        self.errors: list[str] = []

    def run(self, connection: sqlite3.Connection) -> None:
        columns = self._table["columns"]
        kinds: list[set[str]] = [set() for _ in columns]
        number = last = 0
        for number, (rowid, *cells) in enumerate(connection.execute(select_of(self._table)), 1):
            last = number if rowid is None else rowid
            size = 0
            for seen, value in zip(kinds, cells, strict=True):
                seen.add(_kind(value))
                size += len(value) if type(value) in (str, bytes) else 8
            if size > self._max_bytes:
                self._note(number, f"has more than {self._max_bytes} bytes")
            if not all(seen.isdisjoint(_REFUSED) for seen in kinds):
                self._refuse(number, kinds)
            if len(self.errors) >= _MAX_ERRORS:
                break
        self._table |= {"rows": number, "last_rowid": last, "kinds": [sorted(seen) for seen in kinds]}

    def _refuse(self, number: int, kinds: list[set[str]]) -> None:
        for column, seen in zip(self._table["columns"], kinds, strict=True):
            for kind in seen & _REFUSED.keys():
                self._note(number, f"has {_REFUSED[kind]} in the column {column['name']!r}")
            seen.difference_update(_REFUSED)

    def _note(self, number: int, text: str) -> None:
        self.errors.append(f"Row {number} of the table {self._table['name']!r} {text}.")


_REFUSED = {"broken": "text that is not valid UTF-8", "infinite": "an infinite number"}
_NAMES = {type(None): "null", float: "real", str: "text", bytes: "blob", BrokenText: "broken"}


def _kind(value: Any) -> str:
    """Return null, bit (0 or 1), integer, real, infinite, text, blob or broken."""
    if type(value) is int:
        return "bit" if value in (0, 1) else "integer"
    if type(value) is float and not math.isfinite(value):
        return "infinite"
    return _NAMES[type(value)]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
