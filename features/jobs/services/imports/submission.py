"""Submits imports: checks what is allowed, stores the file, and records the job."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

import catalog.services
import engine
from accounts.principal import AccountPrincipal
from catalog import naming
from catalog.services.bounds.quotas import check_import_size
from engine.context import id_prefix
from engine.errors import invalid
from engine.jobs import ImportKey, OnDuplicate
from engine.schema import parse_schema
from features.jobs.column_mapping import parse_columns
from features.jobs.import_file import FileFormat, format_of, holds_less
from features.jobs.models import Job
from features.jobs.services.imports import nested
from features.jobs.services.imports.key_preview import target_of
from features.jobs.services.imports.previewing import FilePreview, preview_file
from features.jobs.services.imports.reading import ImportOptions, import_file
from features.jobs.services.submission import grant_of, record_with_file
from features.jobs.spool import ReadableFile


@dataclass(frozen=True)
class ImportPreview:
    """What an import would do: its collection, whether that exists, and the beginning of the file."""

    collection: str
    exists: bool
    format: FileFormat
    beginning: FilePreview


def submit_import(
    principal: AccountPrincipal,
    *,
    database_id: str,
    collection: str | None,
    file_name: str,
    file: ReadableFile,
    size: int,
    fields: list[dict[str, Any]] | None = None,
    rows_from: str = "",
    format: FileFormat | None = None,
    columns: Any = None,
    skip_errors: bool = False,
    key: str = "",
    on_duplicate: str = "",
) -> str:
    """Check that the import is allowed, store its file, record its job and return the job's id.

    A new collection declares `fields`, or the inferred ones without them. `rows_from` names the member of the
    file's one object that holds the rows. Without a `format` the name of the file tells it. `columns` is as the
    caller sent it, see `parse_columns`; with `skip_errors` rows that have errors are left out and listed. `key` and
    `on_duplicate` are those of `parse_key`.
    """
    database, name = _open(principal, database_id, collection, file_name=file_name, fields=fields)
    if (entry := catalog.services.access.entry_of(database.id)) is not None:
        check_import_size(entry.quota, size)
    options = import_options(
        file_name,
        format=format,
        columns=columns,
        skip_errors=skip_errors,
        makes_collection=name not in database.specs,
    )
    if rule := parse_key(key, on_duplicate):
        _check_key(database, name, rule)
        options = replace(options, key=rule.field, on_duplicate=rule.on_duplicate)
    if rows_from:
        file = nested.extract_rows(import_file(file), name=rows_from)
        size = file.getbuffer().nbytes
    return _record(principal, database, name, options, file=file, size=size, fields=fields)


def _record(
    principal: AccountPrincipal,
    database: engine.Database,
    name: str,
    options: ImportOptions,
    *,
    file: ReadableFile,
    size: int,
    fields: list[dict[str, Any]] | None,
) -> str:
    job = Job(
        id=secrets.token_hex(16),
        database_id=database.id,
        collection=name,
        makes_collection=name not in database.specs,
        plan=options.as_plan() | ({} if fields is None else {"fields": fields}),
        grant=grant_of(principal, database),
        prefix=id_prefix(),
        size=size,
        lease_until=timezone.now() + timedelta(seconds=settings.IMPORT_LEASE_SECONDS),
    )
    record_with_file(job, file)
    return job.pk


def preview_import(
    principal: AccountPrincipal,
    *,
    database_id: str,
    collection: str | None,
    file_name: str,
    file: ReadableFile,
    format: FileFormat | None = None,
    columns: Any = None,
    key: str = "",
    on_duplicate: str = "",
) -> ImportPreview:
    """Read the beginning of a file as an import would, and store nothing. Raises as `submit_import`."""
    database, name = _open(principal, database_id, collection, file_name=file_name, fields=None)
    exists = name in database.specs
    options = import_options(file_name, format=format, columns=columns, makes_collection=not exists)
    target = database.collection(name) if exists else None
    found_by = None
    if rule := parse_key(key, on_duplicate):
        _check_key(database, name, rule)
        found_by = target_of(database, name, rule, engine.Schema())
    return ImportPreview(name, exists, options.format, preview_file(file, options, collection=target, key=found_by))


def is_inline(file: ReadableFile, *, size: int) -> bool:
    """Return whether a file is so small, also when it is decompressed, that its import needs no job of a worker."""
    return size < settings.INLINE_IMPORT_BYTES and holds_less(file, size=settings.INLINE_IMPORT_BYTES)


def _open(
    principal: AccountPrincipal,
    database_id: str,
    collection: str | None,
    *,
    file_name: str,
    fields: list[dict[str, Any]] | None,
) -> tuple[engine.Database, str]:
    """Return the database and the name of the collection that an import may fill."""
    name = naming.collection_name_of_file(file_name) if collection is None else collection
    if message := naming.name_error(name):
        raise engine.Invalid.of_field("collection_name", message)
    database = catalog.services.access.open_database(principal, database_id, collection=name)
    _check_allowed(database, name, fields)
    return database, name


def _check_allowed(database: engine.Database, name: str, fields: list[dict[str, Any]] | None) -> None:
    """Raise `Forbidden` or `Invalid` where rows may not be imported into a collection that declares `fields`."""
    database.require(engine.Action.INSERT)
    if name not in database.specs:
        database.require(engine.Action.DESIGN)
    elif fields is not None:
        raise engine.Invalid.of_field("fields", f"The collection {name!r} already exists and has its own fields.")
    if fields is not None and (errors := parse_schema(fields, limits=database.store.limits)[1]):
        raise invalid(errors)


def parse_key(key: str, on_duplicate: str) -> ImportKey | None:
    """Return the key of an import as a caller sent it, or None without one. Raises `Invalid` with every error."""
    errors = []
    if on_duplicate and on_duplicate not in [*OnDuplicate]:
        errors.append(engine.FieldError("on_duplicate", f"Must be one of {', '.join(OnDuplicate)}."))
    if on_duplicate and not key:
        errors.append(engine.FieldError("key", "Name the field by which rows find existing documents, or _id."))
    if errors:
        raise invalid(errors)
    return ImportKey(key, OnDuplicate(on_duplicate or OnDuplicate.INSERT)) if key else None


def _check_key(database: engine.Database, name: str, rule: ImportKey) -> None:
    """Raise `Invalid` or `Forbidden` where rows cannot find the documents of an existing collection by a key."""
    if name not in database.specs:
        return
    target = database.collection(name)
    rule.require(target)
    if not rule.is_indexed(target) and engine.Action.DESIGN not in database.allowed:
        text = f"The key {rule.field!r} has no index; to create it needs the permission 'design'."
        raise engine.Forbidden(text, errors=[engine.FieldError("key", text)])


def import_options(
    file_name: str,
    *,
    format: FileFormat | None = None,
    columns: Any = None,
    skip_errors: bool = False,
    makes_collection: bool = True,
) -> ImportOptions:
    """Return the options of an import as `submit_import` takes them. Raises `Invalid` for unusable columns."""
    format = format or format_of(file_name)
    if columns is not None and format is FileFormat.JSON:
        raise engine.Invalid.of_field("columns", "A JSON file has no columns; only CSV and TSV files have.")
    parsed = {} if columns is None else parse_columns(columns, makes_collection=makes_collection)
    return ImportOptions(format=format, columns=parsed, skip_errors=skip_errors)
