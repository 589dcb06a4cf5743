"""Previews of files: the first documents, the types of their fields, and the errors of an import."""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings

import engine
from engine.schema import Inference
from features.jobs.column_mapping import names_of
from features.jobs.import_file import holds_less
from features.jobs.json_splitter import JsonSplitter
from features.jobs.services.imports import nested
from features.jobs.services.imports.key_preview import KeyPreview, KeyTarget
from features.jobs.services.imports.reading import (
    ImportOptions,
    import_file,
    read_columns,
    schema_of,
    splitter,
    table_of,
)
from features.jobs.spool import Readable, ReadableFile

_MAX_SHOWN = 20
_MAX_PREVIEWED = 1_000
# Of larger files only the beginning is checked before they are accepted.
_MAX_CHECKED_BYTES = 64 << 20
_HEAD_BYTES = 256 * 1024
_JSON = ImportOptions()


@dataclass(frozen=True)
class FilePreview:
    """The first of `count` documents that were read, and the inferred types: {name: type or empty}.

    `members` are the members of the file's one object that can be used as rows, `rows_from` the one that was.
    `errors` are the errors of an import into the collection; their index is the row, from 0. `outcomes` are how
    many of the rows an import with a key would insert, update, leave and reject.
    """

    documents: list[dict[str, Any]]
    count: int
    types: dict[str, str]
    members: list[str]
    rows_from: str
    errors: list[engine.FieldError]
    outcomes: Mapping[str, int] = field(default_factory=dict)


def preview_file(
    file: ReadableFile,
    options: ImportOptions,
    *,
    collection: engine.Collection | None = None,
    key: KeyTarget | None = None,
) -> FilePreview:
    """Preview the beginning of a file, which may be compressed, as `preview`."""
    content = import_file(file)
    head = content.read(_HEAD_BYTES)
    complete = not content.read(1)
    file.seek(0)
    return preview(head, complete=complete, rows_from="", collection=collection, key=key, options=options)


def preview(
    head: bytes,
    *,
    complete: bool,
    rows_from: str | None = None,
    collection: engine.Collection | None = None,
    key: KeyTarget | None = None,
    options: ImportOptions = _JSON,
) -> FilePreview:
    """Preview the beginning of a file, which is truncated unless `complete`. Raises `Invalid` where it is broken.

    `rows_from` names the member of the file's one object that holds the rows, "" the object itself; by default the
    features of GeoJSON are the rows. With a `key` rows are compared with the documents that they would find.
    """
    if options.is_table:
        return _preview_table(head if complete else _whole_rows(head, options), options, collection, key)
    member = nested.find_rows(head)
    if rows_from is None:
        rows_from = "features" if nested.is_geojson(head, member) else ""
    chosen = nested.find_rows(head, name=rows_from) if rows_from else None
    if chosen:
        end = chosen.end if chosen.end > 0 else len(head)
        head, complete = head[chosen.start : end], chosen.end > 0
    documents = _read(head, complete=complete)
    inference = Inference()
    inference.add(documents)
    fields = inference.schema(limits=engine.Limits()).by_name
    names = dict.fromkeys(name for document in documents for name in document)
    compared = _compared(documents, [], collection, key)
    return FilePreview(
        documents=documents[:_MAX_SHOWN],
        count=len(documents),
        types={name: fields[name].type if name in fields else "" for name in names},
        members=[member.name] if member else [],
        rows_from=chosen.name if chosen else "",
        errors=compared.errors,
        outcomes=compared.outcomes,
    )


def _compared(
    documents: list[dict[str, Any]],
    unread: list[engine.FieldError],
    collection: engine.Collection | None,
    key: KeyTarget | None,
) -> KeyPreview:
    """Return the errors of an import of these rows, and with a key their outcomes."""
    if key is not None:
        return key.preview(documents, unread)
    return KeyPreview({}, unread + (_errors_of(documents, collection) if collection else []))


def _preview_table(
    head: bytes, options: ImportOptions, collection: engine.Collection | None, key: KeyTarget | None
) -> FilePreview:
    columns = read_columns(import_file(io.BytesIO(head)), options)
    schema = collection.spec.schema if collection else schema_of(columns, options, limits=engine.Limits())
    reader = splitter(import_file(io.BytesIO(head)), options, columns=columns, schema=schema)
    batches = [*reader.batches(settings.IMPORT_BATCH_DOCUMENTS)]
    documents = [document for batch in batches for document in batch.documents]
    unread = [replace(error, index=batch.row + (error.index or 0)) for batch in batches for error in batch.errors]
    names = [name for name in names_of(columns.header, options.columns) if name is not None]
    compared = _compared(documents, unread, collection, key)
    return FilePreview(
        documents=documents[:_MAX_SHOWN],
        count=len(documents),
        types={name: schema.by_name[name].type if name in schema.by_name else "" for name in names},
        members=[],
        rows_from="",
        errors=compared.errors,
        outcomes=compared.outcomes,
    )


def _whole_rows(head: bytes, options: ImportOptions) -> bytes:
    """Return the beginning of a table without the row that its end truncates."""
    ends = []
    with suppress(engine.Error):
        for end, _ in table_of(import_file(io.BytesIO(head)), options).rows():
            ends.append(end)
    return head[: ends[-2]] if len(ends) > 1 else head


def rows_of_geojson(file: ReadableFile) -> str:
    """Return `features` for a GeoJSON FeatureCollection, else an empty text."""
    head = import_file(file).read(_HEAD_BYTES)
    file.seek(0)
    return "features" if nested.is_geojson(head, nested.find_rows(head)) else ""


def check_file(file: ReadableFile, options: ImportOptions, *, size: int) -> None:
    """Check that a file can be read before anything is created for it. Raises `Invalid` or `TooLarge`."""
    if size > _MAX_CHECKED_BYTES or not holds_less(file, size=_MAX_CHECKED_BYTES):
        preview_file(file, options)
        return
    try:
        columns = read_columns(import_file(file), options)
        schema = schema_of(columns, options, limits=engine.Limits())
        for _ in splitter(import_file(file), options, columns=columns, schema=schema).batches(
            settings.IMPORT_BATCH_DOCUMENTS
        ):
            pass
    finally:
        file.seek(0)


def _splitter(file: Readable) -> JsonSplitter:
    return JsonSplitter(file, depth=settings.MAX_DEPTH, values=settings.MAX_BODY_VALUES)


def _read(head: bytes, *, complete: bool) -> list[dict[str, Any]]:
    documents: list[dict[str, Any]] = []
    try:
        for batch in _splitter(io.BytesIO(head)).batches(1):
            documents += [document for document in batch.documents if type(document) is dict]
            if len(documents) >= _MAX_PREVIEWED:
                break
    except engine.Error:
        if complete or not documents:
            raise
    return documents


def _errors_of(documents: list[dict[str, Any]], collection: engine.Collection) -> list[engine.FieldError]:
    schema = collection.spec.schema
    try:
        schema.coerce(
            [schema.without_unwritable(document) for document in documents], limits=collection.store.limits
        )
    except engine.Error as error:
        return list(error.errors) or [engine.FieldError("", error.message)]
    return []
