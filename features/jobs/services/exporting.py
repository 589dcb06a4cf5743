"""Documents as the bytes of a file, a few at a time: JSON, one document a line, or a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import engine

_SYSTEM = ("_id", "_sys")
Batches = Iterator[list[dict[str, Any]]]


@dataclass(frozen=True)
class Format:
    """What a file is called and said to be, and how it is written."""

    title: str
    suffix: str
    media: str
    write: Callable[[Callable[[], Batches], engine.Schema], Iterator[bytes]]
    # What is left out, as an import refuses it.
    system: tuple[str, ...] = _SYSTEM


def export(
    collection: engine.Collection, query: engine.Query, *, format: str, system: bool = False
) -> tuple[Format, Iterator[bytes]]:
    """How it is written, and the file piece by piece; its beginning is read before it is answered.

    Without `system` the fields are left out that the service writes itself, so that the file can be imported.
    """
    if format not in FORMATS:
        raise engine.Invalid.of_field("format", f"Must be one of {', '.join(FORMATS)}.")
    collection.require(engine.Action.READ)
    found = FORMATS[format]
    # What is wrong with the query is told before the first byte, while there is still a status to tell it by.
    collection.find(_first(query))

    def batches() -> Batches:
        for documents in collection.each(query):
            yield documents if system else [_own(document, found.system) for document in documents]

    return found, found.write(batches, collection.spec.schema)


def _first(query: engine.Query) -> engine.Query:
    return engine.Query(
        filter=query.filter, sort=query.sort, fields=query.fields, limit=1, root=query.root, count=engine.Count.NONE
    )


def _own(document: dict[str, Any], system: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in system}


def _json(batches: Callable[[], Batches], schema: engine.Schema) -> Iterator[bytes]:
    before = b"[\n"
    for documents in batches():
        if documents:
            yield before + b",\n".join(engine.dumps(document) for document in documents)
            before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"


def _lines(batches: Callable[[], Batches], schema: engine.Schema) -> Iterator[bytes]:
    for documents in batches():
        yield b"".join(engine.dumps(document) + b"\n" for document in documents)


def _extended(batches: Callable[[], Batches], schema: engine.Schema) -> Iterator[bytes]:
    for documents in batches():
        yield b"".join(engine.encode_extended(document, canonical=False) + b"\n" for document in documents)


def _canonical(batches: Callable[[], Batches], schema: engine.Schema) -> Iterator[bytes]:
    for documents in batches():
        yield b"".join(engine.encode_extended(document, canonical=True) + b"\n" for document in documents)


def _table(batches: Callable[[], Batches], schema: engine.Schema) -> Iterator[bytes]:
    """`_id`, the declared fields, then all others, which are collected by reading everything once before."""
    names = dict.fromkeys(["_id", *(field.name for field in schema.fields)])
    if not schema.strict:
        for documents in batches():
            for document in documents:
                names |= dict.fromkeys(document)
    yield _row(list(names))
    for documents in batches():
        yield b"".join(_row([_cell(document, name) for name in names]) for document in documents)


def _cell(document: Mapping[str, Any], name: str) -> str:
    """Text as it is, everything else as JSON writes it; what is absent or null is empty."""
    value = document.get(name)
    if value is None:
        return ""
    if type(value) is str:
        return value
    text = engine.dumps(value).decode()
    return text[1:-1] if text.startswith('"') else text


def _row(cells: list[str]) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow(cells)
    return written.getvalue().encode()


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
