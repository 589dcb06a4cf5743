"""Tables as statements see them: columns with the names of their types, and the fields that have their values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from features.sql.cells import Cell, cell_of, file_cell

Documents = list[dict[str, Any]]
_RESERVED = "sqlite_"
_ID = re.compile(r"(?<!\w)_id(?!\w)", re.IGNORECASE)
# The first of these that no column has is the name of the rowid.
_ROWID_NAMES = ("rowid", "_rowid_", "oid")


@dataclass(frozen=True)
class SqlColumn:
    """A column of the SQL type `type`, whose values are in the field `path`."""

    name: str
    path: str
    type: str
    is_rowid_alias: bool = False
    is_file: bool = False
    is_required: bool = False
    is_unique: bool = False
    # The type of the field, and the cell of its default in a tuple, which is empty without one.
    kind: str = "string"
    default: tuple[Cell, ...] = ()

    @property
    def definition(self) -> str:
        kind = "INTEGER PRIMARY KEY" if self.is_rowid_alias else quoted(self.type) if self.type else ""
        return f"{quoted(self.name)} {kind}".rstrip()

    @property
    def constrained_definition(self) -> str:
        if self.is_rowid_alias:
            return self.definition
        default = f" DEFAULT {literal(self.default[0])}" if self.default else ""
        return self.definition + " NOT NULL" * self.is_required + " UNIQUE" * self.is_unique + default


@dataclass(frozen=True)
class SqlTable:
    """A table. `rowid` is the field with the rowid of a document."""

    name: str
    columns: tuple[SqlColumn, ...]
    rowid: str

    @property
    def definition(self) -> str:
        """The statement that creates the table without constraints: a statement has some of its columns alone."""
        return self._create(column.definition for column in self.columns)

    @property
    def constrained_definition(self) -> str:
        return self._create(column.constrained_definition for column in self.columns)

    def _create(self, columns: Iterable[str]) -> str:
        return f"CREATE TABLE {quoted(self.name)} ({', '.join(columns)})"

    @property
    def as_job(self) -> dict[str, Any]:
        """The table as the program of statements has it."""
        unique = [column.name for column in self.columns if column.is_unique and not column.is_rowid_alias]
        return {
            "definition": self.definition,
            "constrained": self.constrained_definition,
            "rowid": self.rowid_column,
            "keys": [self.rowid_column, *unique] if self.rowid_column else unique,
        }

    @property
    def rowid_column(self) -> str | None:
        """The name of the rowid or of its alias; None where columns hide it."""
        alias = next((column.name for column in self.columns if column.is_rowid_alias), None)
        return alias or self.rowid_name

    def key_path(self, name: str) -> str:
        """Return the field of a column, or of the rowid."""
        return self.by_name[name].path if name in self.by_name else self.rowid

    @cached_property
    def by_name(self) -> Mapping[str, SqlColumn]:
        return {column.name: column for column in self.columns}

    @property
    def rowid_name(self) -> str | None:
        """The name by which the rowid is set; None where columns hide it, or one of them is its alias."""
        taken = {column.name.lower() for column in self.columns}
        free = (name for name in _ROWID_NAMES if name not in taken)
        return None if any(column.is_rowid_alias for column in self.columns) else next(free, None)


class TableSource(Protocol):
    """Reads documents for a statement or a file; it raises `Forbidden` for a table that the caller may not read."""

    def count(self, table: str) -> int:
        """Return the number of documents."""

    def batches(
        self, table: str, paths: Sequence[str], filter: Mapping[str, Any] | None = None
    ) -> Iterator[Documents]:
        """Yield all documents that match, with some of their fields, by rowid."""


@dataclass(frozen=True)
class LoadPlan:
    """How documents of a table become rows: the fields that are read, and the INSERT of their cells.

    With a `filter` only what matches is read; with `adds` some of it may have been inserted before.
    """

    table: SqlTable
    columns: tuple[SqlColumn, ...]
    # Whether the statement reads neither a column nor the rowid, so that the number of rows is enough.
    only_counts: bool = False
    filter: Mapping[str, Any] | None = None
    adds: bool = False

    @classmethod
    def of(cls, table: SqlTable, read: Iterable[str]) -> LoadPlan:
        """Plan the columns that a statement reads; other names, such as that of the rowid, are no columns.

        SQLite reports an empty name where it reads rows without any column.
        """
        names = set(read)
        columns = tuple(item for item in table.columns if item.name in names and not item.is_rowid_alias)
        return cls(table, columns, only_counts=names == {""})

    @property
    def paths(self) -> list[str]:
        return [self.table.rowid, *(column.path for column in self.columns)]

    @property
    def insert(self) -> str:
        names = [
            quoted(name) for name in (self.table.rowid_column, *(column.name for column in self.columns)) if name
        ]
        into = f"INSERT{' OR IGNORE' * self.adds} INTO {quoted(self.table.name)}"
        if not names:
            return f"{into} ({quoted(self.table.columns[0].name)}) VALUES (?)"
        return f"{into} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"

    @property
    def insert_empty(self) -> str:
        """The INSERT of as many empty rows as its parameter says, of at least one."""
        name, column = quoted(self.table.name), quoted(self.table.columns[0].name)
        numbers = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < ?)"
        return f"INSERT INTO {name} ({column}) {numbers} SELECT NULL FROM n"

    def rows(self, documents: Iterable[Mapping[str, Any]]) -> list[tuple[Cell, ...]]:
        """Return the parameters of the INSERT for each document."""
        converters = [(column.path, file_cell if column.is_file else cell_of) for column in self.columns]
        if self.table.rowid_column:
            converters.insert(0, (self.table.rowid, cell_of))
        if not converters:
            return [(None,) for _ in documents]
        return [tuple(convert(document.get(path)) for path, convert in converters) for document in documents]


def literal(cell: Cell) -> str:
    """Return a cell as a literal of SQL."""
    if cell is None:
        return "NULL"
    if isinstance(cell, bytes):
        return f"x'{cell.hex()}'"
    return "'" + cell.replace("'", "''") + "'" if isinstance(cell, str) else repr(cell)


def quoted(name: str) -> str:
    """Return a name as an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'


def named_tables(statement: str, tables: Sequence[SqlTable]) -> list[SqlTable]:
    """Return the tables that a statement may name: all of them where it reads the schema.

    Names that differ in case alone are one name in SQL: the first has it. A statement that names `_id` sees it as
    the last column of each table, as does one of a table without columns.
    """
    text = statement.lower()
    everything = _names_schema(text)
    distinct = distinct_tables(tables, with_id=_ID.search(statement) is not None)
    return [table for table in distinct if everything or table.name.lower() in text]


def named_views(statement: str, tables: Sequence[SqlTable], views: Mapping[str, str]) -> dict[str, str]:
    """Return the views that a statement may name, and those that these name. Tables hide views of their names."""
    taken, text, named = {table.name.lower() for table in tables}, statement.lower(), dict[str, str]()
    everything = _names_schema(text)
    while matching := {
        name: view
        for name, view in views.items()
        if name not in named and name.lower() not in taken and (everything or name.lower() in text)
    }:
        named |= matching
        text = " ".join(matching.values()).lower()
    return named


def _names_schema(text: str) -> bool:
    return f"{_RESERVED}master" in text or f"{_RESERVED}schema" in text


def distinct_tables(tables: Iterable[SqlTable], *, with_id: bool = False) -> list[SqlTable]:
    """Return the tables that SQL can have: of names that differ in case alone it has the first."""
    named: dict[str, SqlTable] = {}
    for table in tables:
        if not table.name.lower().startswith(_RESERVED):
            named.setdefault(table.name.lower(), _distinct(table, with_id=with_id))
    return list(named.values())


def _distinct(table: SqlTable, *, with_id: bool) -> SqlTable:
    columns: dict[str, SqlColumn] = {}
    for column in table.columns:
        columns.setdefault(column.name.lower(), column)
    if with_id or not columns:
        columns.setdefault("_id", SqlColumn("_id", "_id", "TEXT"))
    return SqlTable(table.name, tuple(columns.values()), table.rowid)
