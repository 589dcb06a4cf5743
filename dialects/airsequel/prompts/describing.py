"""Descriptions that are made from the schema alone."""

from __future__ import annotations

from collections.abc import Sequence

from dialects.airsequel.platform.columns import TableColumn
from dialects.airsequel.platform.schema_text import Table
from features.functions.services.managing import FunctionRecord

_MAX_TABLES = 50
_MAX_COLUMNS = 30


def describe_tables(tables: Sequence[Table]) -> str:
    """Return a sentence with the number of tables, and one for each table."""
    number = "No tables." if not tables else f"{len(tables)} {'table' if len(tables) == 1 else 'tables'}."
    rest = [f"And {len(tables) - _MAX_TABLES} more."] if len(tables) > _MAX_TABLES else []
    return " ".join([number, *map(describe_table, tables[:_MAX_TABLES]), *rest])


def describe_table(table: Table) -> str:
    """Return the columns of a table with their types and references, after its own description."""
    name, declaration, columns = table
    texts = [_column(column) for column in columns[:_MAX_COLUMNS]]
    texts += [f"{len(columns) - _MAX_COLUMNS} more"] if len(columns) > _MAX_COLUMNS else []
    intro = f"{declaration.description.rstrip('.')}. " if declaration.description else ""
    return f"{intro}{name}: {', '.join(texts) or 'no columns'}."


def describe_function(function: FunctionRecord) -> str:
    """Return the name and description of a function, and how long its newest version is."""
    lines = len(function.content.splitlines())
    described = function.description.rstrip(".") if function.description else "no description"
    versions = f"{len(function.versions)} {'version' if len(function.versions) == 1 else 'versions'}"
    return f"{function.name}: {described}. {lines} {'line' if lines == 1 else 'lines'} of TypeScript, {versions}."


def _column(column: TableColumn) -> str:
    notes = [column.type]
    notes += ["primary key"] if column.declaration.is_primary_key else ["unique"] if column.is_unique else []
    notes += ["required"] if column.is_required and not column.declaration.is_primary_key else []
    notes += [f"refers to {column.field.collection}"] if column.field.collection else []
    return f"{column.name} ({', '.join(notes)})"
