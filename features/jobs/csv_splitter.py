"""Splits a table (CSV or TSV) of any size into documents, in bounded memory, with the byte where each row ends."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import engine
from features.jobs.csv_columns import ColumnTypes, Convert
from features.jobs.import_file import FIELD, FileFormat, ImportFile
from features.jobs.json_splitter import Batch, broken

MAX_ROW_BYTES = 16 << 20
_MAX_BATCH_BYTES = 2 << 20
_DELIMITERS = ",;\t|"
_BOM = "\ufeff"
# Of the csv module, for the whole process: a cell may be as long as a row.
csv.field_size_limit(MAX_ROW_BYTES)
Row = tuple[int, list[str]]


class TableRows:
    """The rows of a file whose first row names the columns; rows without a cell are left out.

    A CSV file is separated by the one of `,`, `;`, tab and `|` that its first line has most of. Raises `Invalid`
    with the byte and the row where the file is broken.
    """

    def __init__(self, file: ImportFile, format: FileFormat, *, max_columns: int) -> None:
        self._file, self._max_columns = file, max_columns
        self._at = self._row_start = self._row = 0
        lines = self._lines()
        self._first = next(lines, "")
        delimiter = "\t" if format is FileFormat.TSV else max(_DELIMITERS, key=self._first.count)
        self._reader = csv.reader(self._with_first(lines), delimiter=delimiter, strict=True)
        self.header = self._header()

    def rows(self) -> Iterator[Row]:
        """Yield (byte after the row, cells) of each row after the header."""
        while (cells := self._next()) is not None:
            if cells:
                yield self._at, cells
                self._row += 1

    def _header(self) -> list[str]:
        names: list[str] | None = []
        while names == []:
            names = self._next()
        if names is None:
            raise engine.Invalid.of_field(FIELD, "The file is empty: its first row must name the columns.")
        if len(names) > self._max_columns:
            raise engine.TooLarge(f"A table has at most {self._max_columns} columns (MAX_BODY_VALUES).")
        named = [name.strip() or f"column_{number}" for number, name in enumerate(names, start=1)]
        texts = [f"The column {name!r} occurs {n} times." for name, n in Counter(named).items() if n > 1]
        if texts:
            raise engine.Invalid.of_field(FIELD, " ".join(texts))
        return named

    def _next(self) -> list[str] | None:
        """Return the next row, or None at the end of the file."""
        self._row_start = self._at
        try:
            return next(self._reader, None)
        except csv.Error as error:
            raise self._broken(f"The table is not valid: {error}.") from error

    def _with_first(self, lines: Iterator[str]) -> Iterator[str]:
        if self._first:
            yield self._first
        yield from lines

    def _lines(self) -> Iterator[str]:
        while line := self._file.readline(MAX_ROW_BYTES + 1):
            start = self._at
            self._at += len(line)
            if self._at - self._row_start > MAX_ROW_BYTES:
                raise self._broken("A row is larger than 16 MB; is a quotation mark not closed?")
            try:
                text = line.decode()
            except UnicodeDecodeError as error:
                raise broken("The file is not UTF-8.", byte=start + error.start, row=self._row) from error
            yield text.removeprefix(_BOM) if start == 0 else text

    def _broken(self, text: str) -> engine.Error:
        return broken(text, byte=self._row_start, row=self._row)


class CsvSplitter:
    """Makes documents of the rows of a table; cells without text are absent.

    `names` are the fields of the columns, None for a column that is left out, and `converts` make their values.
    """

    def __init__(self, table: TableRows, names: Sequence[str | None], converts: Sequence[Convert]) -> None:
        self._table = table
        self._columns = [*zip(names, converts, strict=True)]

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield batches of at most `size` rows and about two megabytes, which depend on the file alone."""
        rows: list[Row] = []
        number = start = 0
        try:
            for row in self._table.rows():
                rows.append(row)
                if len(rows) == size or row[0] - start > _MAX_BATCH_BYTES:
                    yield self._batch(number, rows)
                    number, start, rows = number + len(rows), row[0], []
        except engine.Error:
            # An error in an earlier row is raised first.
            if rows:
                yield self._batch(number, rows)
            raise
        if rows:
            yield self._batch(number, rows)

    def _batch(self, number: int, rows: list[Row]) -> Batch:
        width = len(self._columns)
        text = f"The row has more cells than the table has columns ({width})."
        errors = [engine.FieldError("", text, n) for n, (_, cells) in enumerate(rows) if len(cells) > width]
        return Batch(number, rows[-1][0], [self._document(cells) for _, cells in rows], errors)

    def _document(self, cells: Sequence[str]) -> dict[str, Any]:
        pairs = zip(self._columns, cells, strict=False)
        return {name: convert(text) for (name, convert), text in pairs if text and name is not None}


def read_types(table: TableRows, *, depth: int, values: int, each_row: Callable[[int], None]) -> list[str]:
    """Read a table to its end and return the types of its columns; `each_row` gets the byte after each row."""
    types = ColumnTypes(depth=depth, values=values)
    for end, cells in table.rows():
        types.add(cells)
        each_row(end)
    return [types.of(number) for number in range(len(table.header))]
