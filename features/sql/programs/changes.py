"""What a statement writes: the keys of the rows that it would insert, and the rows that it has changed."""

from __future__ import annotations

import base64
import math
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

_LEFTOVER = "-{}-"
_NO_NUMBER = "A value of {} is no finite number."
_AUTOMATIC = (None, -1)  # what a trigger sees where SQLite is to choose the rowid


class UnstorableError(Exception):
    """A row has a value that no document can have."""


def free_name(name: str, tables: dict[str, Any]) -> str:
    """Return a name of a table of the program's own."""
    taken = {table.lower() for table in tables}
    while name in taken:
        name = _LEFTOVER.format(name)
    return name


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def attempted_keys(
    connection: sqlite3.Connection, run: Callable[[], Any], *, table: str, keys: list[str], log: str
) -> list[list[Any]]:
    """Run a statement on the empty table, and return the values of each column of `keys` that it would insert.

    A trigger logs them, which is called also for rows that conflict with others.
    """
    names = ", ".join(f"c{number}" for number in range(len(keys)))
    values = ", ".join(f"NEW.{quoted(key)}" for key in keys)
    connection.execute(f"CREATE TABLE {quoted(log)} ({names})")
    connection.execute(
        f"CREATE TRIGGER {quoted(log)} BEFORE INSERT ON {quoted(table)} "
        f"BEGIN INSERT INTO {quoted(log)} VALUES ({values}); END"
    )
    connection.setlimit(sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 1)
    try:
        run()
        return [_distinct(connection, log, number) for number in range(len(keys))]
    except sqlite3.IntegrityError:  # its rows do not fit each other, which its second run says
        return [[] for _ in keys]
    finally:
        connection.setlimit(sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 0)
        for statement in (
            f"DROP TRIGGER {quoted(log)}",
            f"DROP TABLE {quoted(log)}",
            f"DELETE FROM {quoted(table)}",
        ):
            connection.execute(statement)


def _distinct(connection: sqlite3.Connection, log: str, number: int) -> list[Any]:
    rows = connection.execute(f"SELECT DISTINCT c{number} FROM {quoted(log)}")
    return [value for (value,) in rows if value not in _AUTOMATIC and not _is_unlisted(value)]


def _is_unlisted(value: Any) -> bool:
    return type(value) is bytes or (type(value) is float and not math.isfinite(value))


class Comparison:
    """The rows of a table before and after a statement."""

    def __init__(self, connection: sqlite3.Connection, table: str, *, rowid: str, copy: str) -> None:
        """Copy the rows. `rowid` is the name by which the rowid is read."""
        self._connection = connection
        self._table, self._copy, self._rowid = quoted(table), quoted(copy), quoted(rowid)
        described = connection.execute("SELECT name FROM pragma_table_info(?)", (table,))
        self._names = [name for (name,) in described]
        columns = ", ".join(f"c{number}" for number in range(len(self._names)))
        connection.execute(f"CREATE TABLE {self._copy} (r INTEGER PRIMARY KEY, {columns})")
        connection.execute(f"INSERT INTO {self._copy} SELECT {self._rowid}, {self._listed()} FROM {self._table}")

    def _listed(self, prefix: str = "") -> str:
        return ", ".join(prefix + quoted(name) for name in self._names)

    def records(self) -> Iterator[list[Any]]:
        """Yield `[kind, rowid, {column: value}]` of each row that differs. Raises `UnstorableError`."""
        execute = self._connection.execute
        gone = f"SELECT r FROM {self._copy} WHERE r NOT IN (SELECT {self._rowid} FROM {self._table})"
        for (rowid,) in execute(gone):
            yield ["delete", rowid, {}]
        for rowid, *row in execute(self._changed()):
            after, before = row[: len(self._names)], row[len(self._names) :]
            changed = [item for item in zip(self._names, after, before, strict=True) if _differs(*item[1:])]
            if changed:
                yield ["update", rowid, {name: _stored(name, value) for name, value, _ in changed}]
        new = f"SELECT {self._rowid}, {self._listed()} FROM {self._table} WHERE {self._rowid} NOT IN "
        for rowid, *row in execute(new + f"(SELECT r FROM {self._copy}) ORDER BY 1"):
            values = zip(self._names, row, strict=True)
            yield ["insert", rowid, {name: _stored(name, value) for name, value in values}]

    def _changed(self) -> str:
        before = [f"b.c{number}" for number in range(len(self._names))]
        listed = f"{self._listed('a.')}, {', '.join(before)}"
        return (
            f"SELECT a.{self._rowid}, {listed} FROM {self._table} a JOIN {self._copy} b "
            f"ON b.r = a.{self._rowid} ORDER BY 1"
        )


def _differs(after: Any, before: Any) -> bool:
    return type(after) is not type(before) or bool(after != before)


def _stored(name: str, value: Any) -> Any:
    if type(value) is bytes:
        return {"blob": base64.b64encode(value).decode()}
    if type(value) is float and not math.isfinite(value):
        raise UnstorableError(_NO_NUMBER.format(name))
    return value
