"""Reads CSV files: the columns with the types of their values, and the rows."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from django.conf import settings

import engine
from catalog.naming import collection_name_of_file
from dialects.airsequel.platform.columns import ColumnDraft, TableDraft
from engine.errors import invalid

MAX_COLUMNS = 500
_FIELD = "file"
_SQLITE = b"SQLite format 3\0"
_DELIMITERS = ",;\t|"
_SNIFFED = 8 * 1024
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,14})")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?([eE][+-]?[0-9]{1,2})?")
_BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True)
class CsvTable:
    """A table of a CSV file, with its rows as texts."""

    table: TableDraft
    rows: Sequence[Sequence[str]]

    def documents(self) -> Iterator[dict[str, Any]]:
        """Yield a document of each row; empty cells are absent."""
        columns = self.table.columns
        for row in self.rows:
            cells = zip(columns, row, strict=False)
            yield {column.name: _value(column.type, text) for column, text in cells if text}


def read_csv(name: str, content: bytes) -> CsvTable:
    """Read a CSV file, whose first row has the names of the columns. Raises `Invalid` with every error."""
    if content.startswith(_SQLITE):
        raise _refused("This is an SQLite file; CSV files alone can be uploaded yet.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused("This is not UTF-8.") from error
    if "\0" in text:
        raise _refused("A CSV file has no NUL.")
    try:
        header, *rows = _rows(text)
    except csv.Error as error:
        raise _refused(f"This is not CSV: {error}.") from error
    except ValueError as error:
        raise _refused("The file is empty: its first row must have the names of the columns.") from error
    names = [text.strip() or f"column_{number}" for number, text in enumerate(header, start=1)]
    _check(names, rows)
    types = map(_type, zip_longest(*rows, fillvalue="")) if rows else iter(())
    columns = (ColumnDraft(name, kind) for name, kind in zip_longest(names, types, fillvalue="TEXT"))
    return CsvTable(TableDraft(collection_name_of_file(name) or "table", tuple(columns)), rows)


def _rows(text: str) -> list[list[str]]:
    """Return the rows that are not empty. Raises `TooLarge` past MAX_BODY_VALUES cells."""
    rows, cells = [], 0
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True):
        cells += len(row)
        if cells > settings.MAX_BODY_VALUES:
            raise engine.TooLarge(f"A file has at most {settings.MAX_BODY_VALUES} cells (MAX_BODY_VALUES).")
        if row:
            rows.append(row)
    return rows


def _delimiter(text: str) -> str:
    """Return the delimiter that occurs most in the first line."""
    first = text[:_SNIFFED].partition("\n")[0]
    return max(_DELIMITERS, key=first.count)


def _check(names: list[str], rows: list[list[str]]) -> None:
    errors = []
    if len(names) > MAX_COLUMNS:
        errors.append(f"At most {MAX_COLUMNS} columns.")
    repeated = sorted({name for name in names if names.count(name) > 1}) if not errors else []
    errors += [f"The column {name!r} occurs twice." for name in repeated]
    long = [number for number, row in enumerate(rows, start=1) if len(row) > len(names)]
    errors += [f"Row {number} has more cells than there are columns." for number in long[:10]]
    if errors:
        raise invalid([engine.FieldError(_FIELD, text) for text in errors])


def _type(cells: Sequence[str]) -> str:
    """Return the SQL type that all cells of a column have; empty cells have any."""
    texts = [text for text in cells if text]
    if not texts:
        return "TEXT"
    if all(map(_INTEGER.fullmatch, texts)):
        return "INTEGER"
    if all(map(_NUMBER.fullmatch, texts)):
        return "REAL"
    return "BOOLEAN" if all(text in _BOOLEANS for text in texts) else "TEXT"


def _value(kind: str, text: str) -> Any:
    if kind == "BOOLEAN":
        return _BOOLEANS[text]
    if kind == "INTEGER":
        return int(text)
    return float(text) if kind == "REAL" else text


def _refused(message: str) -> engine.Invalid:
    return invalid([engine.FieldError(_FIELD, message)])
