"""Previews of files: the first documents, the types of their fields, and what a collection would refuse."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, BinaryIO

from django.conf import settings

import engine
from features.jobs.json_splitter import Reader
from features.jobs.services import nested

_SHOWN = 20
_MOST_SEEN = 1_000
# Larger files are checked by their beginning alone before they are accepted.
_CHECKED_BYTES = 64 << 20
_HEAD_BYTES = 256 * 1024


@dataclass(frozen=True)
class Preview:
    """The first few of the `count` documents that were looked at, and what was inferred: {name: type or empty}.

    `members` are the members of the file's one object that can be taken as rows, `rows_from` the one that was.
    `errors` are what the collection would refuse; their index is the row, from 0.
    """

    documents: list[dict[str, Any]]
    count: int
    types: dict[str, str]
    members: list[str]
    rows_from: str
    errors: list[engine.FieldError]


def preview(
    head: bytes, *, complete: bool, rows_from: str | None = None, collection: engine.Collection | None = None
) -> Preview:
    """Preview the beginning of a file, which is cut off unless `complete`; raises `Invalid` where it breaks.

    `rows_from` names the member of the file's one object that holds the rows, "" the object itself; by default the
    features of GeoJSON are the rows.
    """
    member = nested.find_rows(head)
    if rows_from is None:
        rows_from = "features" if nested.is_geojson(head, member) else ""
    chosen = nested.find_rows(head, name=rows_from) if rows_from else None
    if chosen:
        end = chosen.end if chosen.end > 0 else len(head)
        head, complete = head[chosen.start : end], chosen.end > 0
    seen = _read(head, complete=complete)
    inference = engine.Inference()
    inference.see(seen)
    single = inference.schema(limits=engine.Limits()).by_name
    names = dict.fromkeys(name for document in seen for name in document)
    return Preview(
        documents=seen[:_SHOWN],
        count=len(seen),
        types={name: single[name].type if name in single else "" for name in names},
        members=[member.name] if member else [],
        rows_from=chosen.name if chosen else "",
        errors=_errors_of(seen, collection) if collection else [],
    )


def rows_of_geojson(file: BinaryIO) -> str:
    """Return `features` for a GeoJSON FeatureCollection, else an empty text."""
    head = _head(file)
    return "features" if nested.is_geojson(head, nested.find_rows(head)) else ""


def check_file(file: BinaryIO, *, size: int) -> None:
    """Check that a file can be read before anything is created for it. Raises `Invalid` or `TooLarge`."""
    if size > _CHECKED_BYTES:
        preview(_head(file), complete=False)
        return
    try:
        for _ in _reader(file).batches(settings.IMPORT_BATCH_DOCUMENTS):
            pass
    finally:
        file.seek(0)


def _reader(file: BinaryIO) -> Reader:
    return Reader(file, depth=settings.MAX_DEPTH, values=settings.MAX_BODY_VALUES)


def _head(file: BinaryIO) -> bytes:
    head = file.read(_HEAD_BYTES)
    file.seek(0)
    return head


def _read(head: bytes, *, complete: bool) -> list[dict[str, Any]]:
    seen: list[dict[str, Any]] = []
    try:
        for batch in _reader(io.BytesIO(head)).batches(1):
            seen += [document for document in batch.documents if type(document) is dict]
            if len(seen) >= _MOST_SEEN:
                break
    except engine.Error:
        if complete or not seen:
            raise
    return seen


def _errors_of(documents: list[dict[str, Any]], collection: engine.Collection) -> list[engine.FieldError]:
    schema = collection.spec.schema
    try:
        schema.coerce(
            [schema.without_unwritable(document) for document in documents], limits=collection.store.limits
        )
    except engine.Error as error:
        return list(error.errors) or [engine.FieldError("", error.message)]
    return []
