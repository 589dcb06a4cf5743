"""Reads the file of an import as batches of documents, whatever its format and compression."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.conf import settings

import engine
from engine.errors import invalid
from engine.jobs import OnDuplicate
from engine.schema import parse_schema
from features.jobs.column_mapping import fields_of, name_errors, names_of
from features.jobs.csv_columns import conversions
from features.jobs.csv_splitter import CsvSplitter, TableRows, read_types
from features.jobs.import_file import FileFormat, ImportFile
from features.jobs.json_splitter import Batch, JsonSplitter
from features.jobs.spool import ReadableFile


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """How a file is read: its format, what becomes of its columns, and whether rows with errors are left out.

    `columns` is as `features.jobs.column_mapping.parse_columns` returns it. `key` is the field by which rows find
    existing documents, and `on_duplicate` what becomes of those rows; None without a key.
    """

    format: FileFormat = FileFormat.JSON
    columns: dict[str, Any] = field(default_factory=dict)
    skip_errors: bool = False
    key: str = ""
    on_duplicate: OnDuplicate | None = None

    @classmethod
    def of_plan(cls, plan: dict[str, Any]) -> ImportOptions:
        """Return the options that `as_plan` recorded."""
        return cls(
            format=FileFormat(plan.get("format", FileFormat.JSON)),
            columns=plan.get("columns", {}),
            skip_errors=plan.get("skip_errors", False),
            key=plan.get("key", ""),
            on_duplicate=OnDuplicate(plan["on_duplicate"]) if "on_duplicate" in plan else None,
        )

    def as_plan(self) -> dict[str, Any]:
        """Return the options as a job records them, those alone that are not the defaults."""
        plan = {
            "format": self.format,
            "columns": self.columns,
            "skip_errors": self.skip_errors,
            "key": self.key,
            "on_duplicate": self.on_duplicate,
        }
        return {name: value for name, value in plan.items() if value not in (FileFormat.JSON, {}, False, "", None)}

    @property
    def is_table(self) -> bool:
        return self.format is not FileFormat.JSON


class BatchReader(Protocol):
    """A reader of a file that yields its documents."""

    def batches(self, size: int, /) -> Iterator[Batch]: ...


@dataclass(frozen=True)
class TableColumns:
    """The columns of a table, with the types of their cells."""

    header: Sequence[str] = ()
    types: Sequence[str] = ()


def import_file(file: ReadableFile) -> ImportFile:
    """Return a file from its beginning, within the limit of imports."""
    return ImportFile(file, max_bytes=settings.MAX_IMPORT_BYTES)


def read_columns(
    file: ImportFile, options: ImportOptions, *, each_row: Callable[[int], None] = lambda end: None
) -> TableColumns:
    """Read a table to its end for the types of its columns; of JSON files nothing is read."""
    if not options.is_table:
        return TableColumns()
    table = table_of(file, options)
    types = read_types(table, depth=settings.MAX_DEPTH, values=settings.MAX_BODY_VALUES, each_row=each_row)
    return TableColumns(table.header, types)


def schema_of(columns: TableColumns, options: ImportOptions, *, limits: engine.Limits) -> engine.Schema:
    """Return the schema of a new collection of a table's rows. Raises `Invalid` for unusable names."""
    fields = fields_of(columns.header, columns.types, options.columns)[: limits.collection_fields]
    schema, errors = parse_schema(fields, limits=limits)
    if errors:
        raise invalid(name_errors(errors, fields))
    return schema


def splitter(
    file: ImportFile, options: ImportOptions, *, columns: TableColumns, schema: engine.Schema
) -> BatchReader:
    """Return the reader of a file from its beginning; the cells of a table become values of the schema's types."""
    depth, values = settings.MAX_DEPTH, settings.MAX_BODY_VALUES
    if not options.is_table:
        return JsonSplitter(file, depth=depth, values=values)
    table = table_of(file, options)
    names = names_of(table.header, options.columns)
    converts = conversions([name or "" for name in names], columns.types, schema, depth=depth, values=values)
    return CsvSplitter(table, names, converts)


def table_of(file: ImportFile, options: ImportOptions) -> TableRows:
    """Return the rows of a table from its beginning."""
    return TableRows(file, options.format, max_columns=settings.MAX_BODY_VALUES)
