"""What a statement may do: each step of its plan is allowed, and recorded, or refused."""

from __future__ import annotations

import sqlite3

ONLY_ROWS = "Only SELECT, INSERT, UPDATE and DELETE on the tables of the database are allowed."
MODULES = ("json_each", "json_tree")
_CATALOGS = ("sqlite_master", "sqlite_schema")
# What a statement may call: no function that reads files, loads code, logs, or tells about the process.
FUNCTIONS = frozenset(
    """
    -> ->> abs acos acosh asin asinh atan atan2 atanh avg ceil ceiling changes char coalesce concat concat_ws
    cos cosh count cume_dist current_date current_time current_timestamp date datetime degrees dense_rank exp
    first_value floor format glob group_concat hex ifnull iif instr json json_array json_array_length
    json_error_position json_extract json_group_array json_group_object json_insert json_object json_patch
    json_quote json_remove json_replace json_set json_type json_valid julianday lag last_insert_rowid last_value
    lead length like likelihood likely ln log log10 log2 lower ltrim max min mod nth_value ntile nullif
    octet_length percent_rank pi pow power printf quote radians random randomblob rank replace round row_number
    rtrim sign sin sinh soundex sqlite_version sqrt strftime string_agg substr substring sum tan tanh time
    timediff total total_changes trim trunc typeof unhex unicode unixepoch unlikely upper zeroblob
    """.split()  # noqa: SIM905 - one name a line is not clearer
)
_STATEMENTS = {
    sqlite3.SQLITE_ALTER_TABLE: "ALTER TABLE",
    sqlite3.SQLITE_ATTACH: "ATTACH",
    sqlite3.SQLITE_CREATE_TEMP_TRIGGER: "CREATE TRIGGER",
    sqlite3.SQLITE_CREATE_TRIGGER: "CREATE TRIGGER",
    sqlite3.SQLITE_DETACH: "DETACH",
    sqlite3.SQLITE_PRAGMA: "PRAGMA",
    sqlite3.SQLITE_SAVEPOINT: "SAVEPOINT",
    sqlite3.SQLITE_TRANSACTION: "A transaction",
}
_WRITES = {
    sqlite3.SQLITE_DELETE: "delete",
    sqlite3.SQLITE_INSERT: "insert",
    sqlite3.SQLITE_UPDATE: "update",
}


class Authorizer:
    """Allows what a statement may do, and records what it reads, what it writes, and what is refused first."""

    def __init__(self, tables: dict[str, str], views: set[str]) -> None:
        """Prepare for tables, whose names are by their lower-case names, and the lower-case names of views."""
        self._tables = tables
        self._views = views
        self.reads: dict[str, set[str]] = {}
        # The kinds of writes by table, and the columns that an UPDATE sets.
        self.writes: dict[str, set[str]] = {}
        self.updated: set[str] = set()
        self.selects = False
        self.refused = ""

    def __call__(
        self, action: int, first: str | None, second: str | None, database: str | None, source: str | None
    ) -> int:
        if action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE):
            self.selects = True
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_READ:
            return self._read(first or "", second or "")
        if action in _WRITES and (first or "").lower() in self._tables:
            return self._write(_WRITES[action], (first or "").lower(), second or "")
        if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in FUNCTIONS:
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_FUNCTION:
            return self._refuse(f"The function {second}")
        # Statements about the schema, and tables of modules, begin with a change of the schema's own table.
        if (first or "").lower() in _CATALOGS:
            return self._refuse()
        return self._refuse(_STATEMENTS.get(action, "This statement"))

    def _read(self, table: str, column: str) -> int:
        name = self._tables.get(table.lower())
        if name is not None:
            self.reads.setdefault(name, set()).add(column)
        elif column and table.lower() not in {
            *MODULES,
            *_CATALOGS,
            *self._views,
        }:  # without one it is the result of a query
            return self._refuse(f"The table {table}")
        return sqlite3.SQLITE_OK

    def _write(self, kind: str, table: str, column: str) -> int:
        self.writes.setdefault(self._tables[table], set()).add(kind)
        if kind == "update":
            self.updated.add(column)
        return sqlite3.SQLITE_OK

    def _refuse(self, name: str = "") -> int:
        self.refused = self.refused or (f"{name[:100]} is not allowed." if name else ONLY_ROWS)
        return sqlite3.SQLITE_DENY
