"""Writes documents as the content of a file, batch by batch: JSON, one document per line, or a table."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

import engine
from engine.encoding import dumps
from engine.query import encode_extended

_SYSTEM = ("_id", "_sys")
Batches = Iterator[list[dict[str, Any]]]


@dataclass(frozen=True)
class Format:
    """A file format: its title, suffix and media type, and the function that writes it."""

    title: str
    suffix: str
    media: str
    write: Callable[[Callable[[], Batches], engine.Schema], Iterator[bytes]]
    # Fields that are left out because an import refuses them.
    system: tuple[str, ...] = _SYSTEM


def export(
    collection: engine.Collection, query: engine.Query, *, format: str, system: bool = False
) -> tuple[Format, Iterator[bytes]]:
    """Return the format, and the file piece by piece. An invalid query raises before the first piece.

    A piece that is read after EXPORT_SECONDS raises `TimedOut`, so that no slow reader keeps an export for ever.

    Without `system` the fields that the service writes itself are left out, so that the file can be imported.
    """
    if format not in FORMATS:
        raise engine.Invalid.of_field("format", f"Must be one of {', '.join(FORMATS)}.")
    collection.require(engine.Action.READ)
    chosen = FORMATS[format]
    # Report errors of the query before the first byte, while the response can still have an error status.
    collection.find(_first(query))
    collection.each(query)

    give_up = time.monotonic() + settings.EXPORT_SECONDS

    def batches() -> Batches:
        for documents in collection.each(query):
            if time.monotonic() > give_up:
                raise engine.TimedOut(
                    f"The export takes longer than {settings.EXPORT_SECONDS:g} s (EXPORT_SECONDS)."
                )
            yield documents if system else [_own(document, chosen.system) for document in documents]

    return chosen, chosen.write(batches, collection.spec.schema)


def _first(query: engine.Query) -> engine.Query:
    return engine.Query(
        filter=query.filter, sort=query.sort, fields=query.fields, limit=1, root=query.root, count=engine.Count.NONE
    )


def _own(document: dict[str, Any], system: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in system}


def _json(batches: Callable[[], Batches], schema: engine.Schema) -> Iterator[bytes]:
    separator = b"[\n"
    for documents in batches():
        if documents:
            yield separator + b",\n".join(dumps(document) for document in documents)
            separator = b",\n"
    yield b"[]\n" if separator == b"[\n" else b"\n]\n"


def _lines(batches: Callable[[], Batches], schema: engine.Schema) -> Iterator[bytes]:
    for documents in batches():
        yield b"".join(dumps(document) + b"\n" for document in documents)


def _extended(batches: Callable[[], Batches], schema: engine.Schema) -> Iterator[bytes]:
    for documents in batches():
        yield b"".join(encode_extended(document, canonical=False) + b"\n" for document in documents)


def _canonical(batches: Callable[[], Batches], schema: engine.Schema) -> Iterator[bytes]:
    for documents in batches():
        yield b"".join(encode_extended(document, canonical=True) + b"\n" for document in documents)


def _table(batches: Callable[[], Batches], schema: engine.Schema) -> Iterator[bytes]:
    """Yield a table of `_id`, the declared fields and all others; a first pass over everything collects these."""
    names = dict.fromkeys(["_id", *(field.name for field in schema.visible_fields)])
    if not schema.strict:
        for documents in batches():
            for document in documents:
                names |= dict.fromkeys(document)
    yield _row(list(names))
    for documents in batches():
        yield b"".join(_row([_cell(document, name) for name in names]) for document in documents)


def _cell(document: Mapping[str, Any], name: str) -> str:
    """Return text as it is and other values as JSON; absent and null values are empty."""
    value = document.get(name)
    if value is None:
        return ""
    if type(value) is str:
        return value
    text = dumps(value).decode()
    return text[1:-1] if text.startswith('"') else text


def _row(cells: list[str]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue().encode()


FORMATS: Mapping[str, Format] = {
    "json": Format("JSON, one array", "json", "application/json", _json),
    "ndjson": Format("NDJSON, one document a line", "ndjson", "application/x-ndjson", _lines),
    "extended": Format(
        "Extended JSON of MongoDB, one document a line", "json", "application/x-ndjson", _extended, ("_sys",)
    ),
    "canonical": Format(
        "Extended JSON, canonical, one document a line", "json", "application/x-ndjson", _canonical, ("_sys",)
    ),
    "csv": Format("CSV, one table", "csv", "text/csv; charset=utf-8", _table, ("_sys",)),
}
