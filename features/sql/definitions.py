"""Statements about the schema: SQLite runs them on empty tables, and what differs is what they change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

import engine
from features.sql.process import ProcessError, ProcessLate, Refused, SqlProcess
from features.sql.running.literals import check_numbers
from features.sql.slots import shared_slots
from features.sql.tables import SqlTable, distinct_tables, quoted

_PROGRAM = "definition"
_FRAME_BYTES = 4 * 1024 * 1024
_COMMENTS = r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*"
_FIRST_WORD = re.compile(_COMMENTS + r"(CREATE|ALTER|DROP)\b", re.IGNORECASE | re.DOTALL)
_ENDED = "The statement was ended, because it needs too much memory or time."
_TIMED_OUT = "The statement takes more than {:g} seconds (SQL_TIMEOUT)."
_TOO_LONG = "Must have at most {} characters (SQL_MAX_LENGTH)."
_NO_COLUMN = "An index of an expression is not supported."


@dataclass(frozen=True)
class SqlIndex:
    """An index of columns of a table."""

    name: str
    table: str
    columns: tuple[str, ...]
    is_unique: bool = False

    @property
    def definition(self) -> str:
        unique, columns = "UNIQUE " * self.is_unique, ", ".join(map(quoted, self.columns))
        return f"CREATE {unique}INDEX {quoted(self.name)} ON {quoted(self.table)} ({columns})"


@dataclass(frozen=True)
class ColumnDescription:
    """A new column. `default` is the text of its default."""

    name: str
    type: str
    is_required: bool
    default: str | None


@dataclass(frozen=True)
class DefinitionChange:
    """One change. `kind` is one of those that `_changes` yields; what else is set depends on it."""

    kind: str
    name: str
    table: str = ""
    to: str = ""
    text: str = ""
    column: ColumnDescription | None = None
    index: SqlIndex | None = None


@dataclass(frozen=True)
class SqlSchema:
    """What a database has: tables, the texts of its views by name, and indexes."""

    tables: Sequence[SqlTable]
    views: Mapping[str, str] = field(default_factory=dict)
    indexes: Sequence[SqlIndex] = ()

    @property
    def definitions(self) -> list[str]:
        """The statements that create it. Tables and columns whose names SQLite does not tell apart are left out."""
        tables = distinct_tables(self.tables)
        columns = {table.name: set(table.by_name) for table in tables}
        indexes = [item for item in self.indexes if set(item.columns) <= columns.get(item.table, set())]
        definitions = [table.constrained_definition for table in tables]
        return [*definitions, *(item.definition for item in indexes), *self.views.values()]


def is_definition(statement: str) -> bool:
    """Return whether a statement is about the schema."""
    return _FIRST_WORD.match(statement[: settings.SQL_MAX_LENGTH]) is not None


def schema_changes(statement: str, schema: SqlSchema, *, tenant: str) -> tuple[list[DefinitionChange], list[str]]:
    """Return what a statement changes, and its errors. Raises `Invalid`, `LimitExceeded` and `Unavailable`."""
    if len(statement) > settings.SQL_MAX_LENGTH:
        raise engine.Invalid.of_field("query", _TOO_LONG.format(settings.SQL_MAX_LENGTH))
    check_numbers(statement)
    job = {
        "statement": statement,
        "definitions": schema.definitions,
        "memory": settings.SQL_MEMORY_BYTES,
        "seconds": settings.SQL_TIMEOUT,
    }
    with (
        shared_slots().of(tenant),
        SqlProcess(_PROGRAM, seconds=settings.SQL_TIMEOUT + 1, max_frame=_FRAME_BYTES) as process,
    ):
        try:
            process.send(job)
            return [*_changes(process.receive())], []
        except Refused as error:
            return [], [str(error)]
        except ProcessLate:
            return [], [_TIMED_OUT.format(settings.SQL_TIMEOUT)]
        except (ProcessError, KeyError, TypeError, ValueError, AttributeError):  # what no program sends
            return [], [_ENDED]


def _changes(message: Mapping[str, Any]) -> Iterator[DefinitionChange]:
    before, after = message["before"], message["after"]
    yield from _of_tables(before["tables"], after["tables"], is_rename="alter" in message["codes"])
    yield from _of_indexes(before, after)
    for name in sorted(before["views"].keys() - after["views"].keys()):
        yield DefinitionChange("drop view", str(name))
    for name, text in after["views"].items():
        if before["views"].get(name) != text:
            yield DefinitionChange("create view", str(name), text=str(text))


def _of_tables(
    before: Mapping[str, list[Any]], after: Mapping[str, list[Any]], *, is_rename: bool
) -> Iterator[DefinitionChange]:
    gone, new = sorted(before.keys() - after.keys()), sorted(after.keys() - before.keys())
    if gone and new and is_rename:
        yield DefinitionChange("rename table", str(gone[0]), to=str(new[0]))
        return
    yield from (DefinitionChange("drop table", str(name)) for name in gone)
    yield from (DefinitionChange("create table", str(name)) for name in new)
    for table in sorted(before.keys() & after.keys()):
        yield from _of_columns(str(table), before[table], after[table])


def _of_columns(table: str, before: list[Any], after: list[Any]) -> Iterator[DefinitionChange]:
    """Yield the change of columns: one more, one less, or another name at a place."""
    former, names = [column[0] for column in before], [column[0] for column in after]
    if len(names) > len(former):
        name, kind, required, default, _ = after[-1]
        column = ColumnDescription(str(name), str(kind), bool(required), None if default is None else str(default))
        yield DefinitionChange("add column", column.name, table=table, column=column)
    elif len(names) < len(former):
        yield from (DefinitionChange("drop column", str(name), table=table) for name in former if name not in names)
    else:
        for name, to in zip(former, names, strict=True):
            if name != to:
                yield DefinitionChange("rename column", str(name), table=table, to=str(to))


def _of_indexes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[DefinitionChange]:
    """Yield indexes that are new or gone; those of a table that is gone are dropped with it."""
    for name, (table, *_) in before["indexes"].items():
        if name not in after["indexes"] and table in after["tables"]:
            yield DefinitionChange("drop index", str(name), table=str(table))
    for name, (table, is_unique, columns) in after["indexes"].items():
        if name in before["indexes"]:
            continue
        if any(type(column) is not str for column in columns):
            raise Refused(_NO_COLUMN)
        index = SqlIndex(str(name), str(table), tuple(columns), bool(is_unique))
        yield DefinitionChange("create index", index.name, table=index.table, index=index)
