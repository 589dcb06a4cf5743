"""Tables as files: CSV of the columns, or the documents as JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from tempfile import TemporaryFile
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.conf import settings

import engine
import features.jobs.services
from dialects.airsequel.platform.cells import cell_of
from dialects.airsequel.platform.table_handle import TableHandle

CSV = "text/csv; charset=utf-8"
_PIECE_BYTES = 64 * 1024
_TOO_LARGE = "The tables are too large for one file (MAX_IMPORT_BYTES). Export them one by one."
_FORMATS = ("csv", "json", "ndjson")


def table_file(table: TableHandle, *, format: str) -> tuple[str, str, Iterator[bytes]]:
    """Return the media type, the suffix and the pieces of a table as a file. Raises `Invalid`."""
    if format not in _FORMATS:
        raise engine.Invalid.of_field("format", f"Must be one of {', '.join(_FORMATS)}.")
    if format == "csv":
        return CSV, "csv", csv_of(table)
    collection = table.database.collection(table.name)
    chosen, pieces = features.jobs.services.export(collection, engine.Query(), format=format)
    return chosen.media, chosen.suffix, pieces


def csv_of(table: TableHandle) -> Iterator[bytes]:
    """Yield a table as CSV: a row of names, then the rows by rowid. Null is an empty cell."""
    columns = table.columns
    yield _lines([[column.name for column in columns]])
    for batch in table.batches():
        yield _lines([[_text(row.get(column.path)) for column in columns] for row in batch])


def zip_of(tables: Sequence[TableHandle]) -> Iterator[bytes]:
    """Return the pieces of an archive with a CSV file of each table. Raises `TooLarge` past MAX_IMPORT_BYTES."""
    target = TemporaryFile()  # noqa: SIM115 - closed when its pieces are sent
    size = 0
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for table in tables:
            with archive.open(f"{table.name}.csv", "w") as file:
                for piece in csv_of(table):
                    size += len(piece)
                    if size > settings.MAX_IMPORT_BYTES:
                        raise engine.TooLarge(_TOO_LARGE)
                    file.write(piece)
    return _pieces(target)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(_PIECE_BYTES):
            yield piece


def _text(value: Any) -> str:
    cell = cell_of(value)
    if type(cell) is bool:
        return str(cell).lower()
    return "" if cell is None else str(cell)


def _lines(rows: Iterable[list[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()
