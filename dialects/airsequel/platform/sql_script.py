"""Reads CREATE TABLE statements: SQLite itself parses them, in an empty database that may do nothing else."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

import engine
from dialects.airsequel.platform.columns import ColumnDraft, TableDraft
from dialects.airsequel.platform.expressions import (
    NotLiteralError,
    NumberLostError,
    checks_of,
    literal,
    without_quoted,
)
from engine.errors import invalid

MAX_SCRIPT_LENGTH = 100_000
MAX_STATEMENTS = 500
_MAX_STEPS = 100_000
_FIELD = "query"
_ALLOWED = frozenset(
    {sqlite3.SQLITE_CREATE_TABLE, sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_READ}
)
_INDEXES = (sqlite3.SQLITE_CREATE_INDEX, sqlite3.SQLITE_REINDEX)
_OWN_TABLES = ("sqlite_master", "sqlite_sequence")
_ONLY_TABLES = "Only CREATE TABLE statements with plain columns can be run here."
_UNSUPPORTED = ("COLLATE", "GENERATED", "STRICT", "WITHOUT")
_ID = "_id"


def read_script(script: str) -> list[TableDraft]:
    """Return the tables that a script creates. Raises `Invalid` with SQLite's own words, or for anything else."""
    if len(script) > MAX_SCRIPT_LENGTH:
        raise _refused(f"A script has at most {MAX_SCRIPT_LENGTH} characters.")
    if script.count(";") > MAX_STATEMENTS:  # also those in texts: each is a step of the search for ends
        raise _refused(f"A script has at most {MAX_STATEMENTS} semicolons.")
    if "\0" in script:
        raise _refused("Must not contain NUL.")
    check_supported(script)
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        _restrict(connection)
        try:
            for statement in _statements(script):
                connection.execute(statement)
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise _refused(_reason(error)) from error
        connection.set_authorizer(None)
        return [_table(connection, name) for name in _names(connection)]


def check_supported(script: str, *, words: tuple[str, ...] = ()) -> None:
    """Raise `Invalid` for a clause that no table here can have, or with one of these words."""
    bare = without_quoted(script).upper()
    for word in (*_UNSUPPORTED, *words):
        if re.search(rf"\b{word}\b", bare):
            raise _refused(f"{word} is not supported yet. {_ONLY_TABLES}")


def _restrict(connection: sqlite3.Connection) -> None:
    """Let a connection create tables and do nothing else."""
    connection.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, MAX_SCRIPT_LENGTH + 1)
    connection.setlimit(sqlite3.SQLITE_LIMIT_COLUMN, 500)
    connection.setlimit(sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 20)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.set_progress_handler(lambda: 1, _MAX_STEPS)
    connection.set_authorizer(_authorize)


def _authorize(action: int, first: str | None, *_: str | None) -> int:
    if action in _INDEXES and (first or "").startswith("sqlite_autoindex_"):  # of UNIQUE and of keys
        return sqlite3.SQLITE_OK
    if action not in _ALLOWED:
        return sqlite3.SQLITE_DENY
    # Reading alone is harmless: a query needs SQLITE_SELECT as well.
    own = action in (sqlite3.SQLITE_CREATE_TABLE, sqlite3.SQLITE_READ) or first in _OWN_TABLES
    return sqlite3.SQLITE_OK if own else sqlite3.SQLITE_DENY


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of a script, each of which ends where SQLite says so."""
    statement = ""
    for part in script.split(";"):
        statement += f"{part};"
        if sqlite3.complete_statement(statement):
            if without_quoted(statement).strip(" \t\r\n;"):
                yield statement
            statement = ""
    if statement.strip(" \t\r\n;"):
        raise _refused("The last statement is incomplete.")


def _reason(error: Exception) -> str:
    text = str(error)
    return (
        _ONLY_TABLES
        if text in ("not authorized", "authorization denied", "interrupted") or "prohibited" in text
        else text
    )


def _names(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid")
    return [name for (name,) in rows if not name.startswith("sqlite_")]


def _table(connection: sqlite3.Connection, name: str) -> TableDraft:
    uniques = [*_uniques(connection, name)]
    unique = {names[0] for names in uniques if len(names) == 1}
    values, targets = _allowed_values(connection, name), _targets(connection, name)
    rows = connection.execute('SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info(?)', (name,))
    described = rows.fetchall()
    has_long_key = sum(1 for row in described if row[4]) > 1
    columns = [
        ColumnDraft(
            name=column,
            type=kind or "TEXT",
            is_required=bool(required),
            is_unique=column in unique,
            is_primary_key=bool(key),
            is_key_part=bool(key) and has_long_key,
            default=default_of(column, default),
            choices=values.get(column, ()),
            **_target_members(targets.get(column)),
        )
        for column, kind, required, default, key in described
    ]
    return TableDraft(name, tuple(columns), tuple(dict.fromkeys(names for names in uniques if len(names) > 1)))


def _uniques(connection: sqlite3.Connection, table: str) -> Iterator[tuple[str, ...]]:
    """Yield the columns of each UNIQUE constraint."""
    statement = """SELECT name FROM pragma_index_list(?) WHERE "unique" = 1 AND origin <> 'pk'"""
    for (index,) in connection.execute(statement, (table,)).fetchall():
        rows = connection.execute("SELECT name FROM pragma_index_info(?) ORDER BY seqno", (index,))
        yield tuple(name for (name,) in rows)


def _allowed_values(connection: sqlite3.Connection, table: str) -> dict[str, tuple[Any, ...]]:
    """Return the values that CHECK (column IN (…)) allows, by column."""
    (definition,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    rows = connection.execute("SELECT name FROM pragma_table_info(?)", (table,))
    names = {name.lower(): name for (name,) in rows}
    values = {}
    for check in checks_of(definition):
        if check.column.lower() not in names:
            raise _refused(
                f"CHECK ({check.text.strip()[:100]}) of {table} is no list of values, as in a IN (1, 2)."
            )
        values[names[check.column.lower()]] = tuple(value for value in check.values if value is not None)
    return values


def _targets(connection: sqlite3.Connection, table: str) -> dict[str, tuple[str, str]]:
    """Return the table and the column that a column refers to; the column is empty for the primary key."""
    statement = 'SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?) ORDER BY id, seq'
    known = {name.lower(): name for name in _names(connection)}
    targets: dict[str, tuple[str, str]] = {}
    ids: list[int] = []
    for number, target, column, to in connection.execute(statement, (table,)).fetchall():
        if number in ids:
            raise _refused(f"A foreign key of several columns of {table} is not supported.")
        if target.lower() not in known:
            raise _refused(f"The column {column} of {table} refers to a table that the script does not create.")
        ids.append(number)
        targets[column] = (known[target.lower()], to or "")
    return targets


def _target_members(target: tuple[str, str] | None) -> Mapping[str, Any]:
    """Return the members of a draft for a reference; one to `_id` is a reference to documents."""
    if target is None:
        return {}
    return {"reference": target[0]} if target[1] == _ID else {"target": target}


def default_of(column: str, text: str | None) -> tuple[Any, ...]:
    """Return the default of a column in a tuple, empty without one. Raises `Invalid` unless it is a literal."""
    if text is None:
        return ()
    try:
        value = literal(text)
    except NumberLostError as error:
        raise _refused(f"The default of {column}: {error}") from error
    except NotLiteralError as error:
        raise _refused(f"The default of {column} is not a literal; this is not supported yet.") from error
    return () if value is None else (value,)


def _refused(message: str) -> engine.Invalid:
    return invalid([engine.FieldError(_FIELD, message)])
