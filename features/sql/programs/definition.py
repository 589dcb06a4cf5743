"""The program that runs one statement about the schema, on empty tables.

It receives a job and answers with `{before, after, codes}`: the schema before and after, and what SQLite did. A
schema is `{tables, indexes, views}` by name: `[name, type, required, default, key]` of each column, `[table,
unique, columns]`, and the text of the view.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from features.sql.programs.authorizer import FUNCTIONS
from features.sql.programs.confinement import confine, open_database
from features.sql.programs.frames import receive, send

_MAX_ERROR = 400
_ONLY_SCHEMA = "Only tables, their columns, indexes and views can be created, changed and dropped."
_NO_QUERY = "CREATE TABLE with a query is not supported: create the table, then INSERT with SELECT."
_OWN = ("sqlite_", "pragma_")
_CODES = {
    sqlite3.SQLITE_ALTER_TABLE: "alter",
    sqlite3.SQLITE_CREATE_INDEX: "index",
    sqlite3.SQLITE_CREATE_TABLE: "table",
    sqlite3.SQLITE_CREATE_VIEW: "view",
    sqlite3.SQLITE_DROP_INDEX: "drop index",
    sqlite3.SQLITE_DROP_TABLE: "drop table",
    sqlite3.SQLITE_DROP_VIEW: "drop view",
    sqlite3.SQLITE_SELECT: "select",
}
# What comes with them: changes of the schema's own table, and reads by SQLite's own checks.
_BESIDES = frozenset(
    {
        *(sqlite3.SQLITE_DELETE, sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE),
        *(sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE, sqlite3.SQLITE_REINDEX),
    }
)


class SchemaAuthorizer:
    """Allows changes of the schema, and records their kinds."""

    def __init__(self) -> None:
        self.codes: list[str] = []

    def __call__(
        self, action: int, first: str | None, second: str | None, database: str | None, source: str | None
    ) -> int:
        if action in _CODES:
            self.codes.append(_CODES[action])
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_FUNCTION:
            name = (second or "").lower()
            return sqlite3.SQLITE_OK if name in FUNCTIONS or name.startswith(_OWN) else sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK if action in _BESIDES else sqlite3.SQLITE_DENY


def main() -> None:
    job: dict[str, Any] = receive()
    connection = open_database(memory=job["memory"], seconds=job["seconds"])
    confine(memory=job["memory"], seconds=job["seconds"])
    try:
        send(_changed(connection, job))
    except MemoryError:
        send({"error": "out of memory"})
    except (sqlite3.Error, sqlite3.Warning) as error:
        text = str(error)
        send({"error": _ONLY_SCHEMA if "not authorized" in text else text[:_MAX_ERROR]})


def _changed(connection: sqlite3.Connection, job: dict[str, Any]) -> dict[str, Any]:
    for definition in job["definitions"]:
        connection.execute(definition)
    before, authorizer = _schema(connection), SchemaAuthorizer()
    connection.set_authorizer(authorizer)
    connection.execute(job["statement"])
    connection.set_authorizer(None)
    if "table" in authorizer.codes and "select" in authorizer.codes and "alter" not in authorizer.codes:
        raise sqlite3.OperationalError(_NO_QUERY)
    return {"before": before, "after": _schema(connection), "codes": sorted(set(authorizer.codes))}


def _schema(connection: sqlite3.Connection) -> dict[str, Any]:
    rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
    named = [row for row in rows if not row[1].startswith("sqlite_")]
    return {
        "tables": {name: _columns(connection, name) for kind, name, _, _ in named if kind == "table"},
        "indexes": {name: _index(connection, name, table) for kind, name, table, _ in named if kind == "index"},
        "views": {name: text for kind, name, _, text in named if kind == "view"},
    }


def _columns(connection: sqlite3.Connection, table: str) -> list[list[Any]]:
    described = 'SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info(?)'
    return [list(row) for row in connection.execute(described, (table,))]


def _index(connection: sqlite3.Connection, name: str, table: str) -> list[Any]:
    listed = 'SELECT "unique" FROM pragma_index_list(?) WHERE name = ?'
    ((is_unique,),) = connection.execute(listed, (table, name)).fetchall()
    columns = connection.execute("SELECT name FROM pragma_index_info(?)", (name,))
    return [table, is_unique, [column for (column,) in columns]]
