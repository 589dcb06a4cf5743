"""Restores one database of a backup into an installation in use, without touching the others."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import ForeignKey, Model

import engine
from catalog.services.metadata import restoration
from features.backups import platform
from features.backups.archive import BackupFile, open_archive
from features.backups.locations import Location, local_copy
from features.backups.services import Progress, check_collections, check_version, databases, load_member

# The actor of the versions that a restore to a time adds.
_OPERATOR = "operator"
_Row = dict[str, Any]


def restore_database(
    location: Location,
    database_id: str,
    *,
    name: str = "",
    password: str = "",
    at: datetime | None = None,
    dry_run: bool = False,
    progress: Progress,
) -> tuple[str, dict[str, Any]]:
    """Restore a database with its documents, history and files, and return its public id.

    With `at` (naive UTC) it is as it was then, and what `databases.rewind` returns comes second; with `dry_run`
    the database is given up again. It keeps its id if the installation has none of that id, and gets a new one
    beside an existing database; then `name` is needed. Nobody sees it before every collection agrees with the
    backup's hash. Raises `NotFound`, and `Conflict` where name or id are in use.
    """
    with local_copy(location) as copy:
        backup = open_archive(copy, password=password)
        check_version(backup)
        return _restore(backup, database_id, name=name, at=at, dry_run=dry_run, progress=progress)


def _restore(
    backup: BackupFile, database_id: str, *, name: str, at: datetime | None, dry_run: bool, progress: Progress
) -> tuple[str, dict[str, Any]]:
    entry = _entry(backup, database_id)
    rows = _collections(backup, entry)
    if at is not None:
        databases.check_reach(rows, at, taken_at=backup.header["created_at"])
    fields, result = entry["fields"], dict[str, Any]()
    key, public_id, physical = restoration.begin(fields, rows, name=name or fields["name"])
    try:
        place = {"cluster": restoration.cluster_of(public_id), "database": physical}
        _load_documents(backup, fields["physical"], place, progress)
        if at is not None:
            result = databases.rewind(
                public_id,
                rows,
                at,
                actor=_OPERATOR,
                dry_run=dry_run,
                progress=lambda count: progress(count, count, ""),
            )
        if not dry_run:
            _publish(backup, entry, key, public_id)
    except BaseException:
        restoration.abandon(public_id)
        raise
    if dry_run:
        restoration.abandon(public_id)
    return public_id, result


def _publish(backup: BackupFile, entry: _Row, key: int, public_id: str) -> None:
    with transaction.atomic():
        if public_id == entry["fields"]["public_id"]:
            _load_attached(backup, entry, key)
        restoration.publish(public_id)


def _collections(backup: BackupFile, entry: _Row) -> list[_Row]:
    """Return the columns of the database's collections, with the superseded versions of their schemas."""
    rows = [row for row in _rows(backup, "catalog.Collection") if _is_of(row, entry)]
    versions: dict[int, list[_Row]] = {row["pk"]: [] for row in rows}
    for row in _rows(backup, "catalog.SchemaVersion"):
        if row["fields"]["collection"] in versions:
            fields = {name: value for name, value in row["fields"].items() if name != "collection"}
            versions[row["fields"]["collection"]].append(fields)
    ready = [row for row in rows if row["fields"]["state"] == "ready"]
    return [{**row["fields"], "schema_versions": versions[row["pk"]]} for row in ready]


def _entry(backup: BackupFile, database_id: str) -> _Row:
    for row in _rows(backup, "catalog.Database"):
        if row["fields"]["public_id"] == database_id and row["fields"]["state"] == "ready":
            return row
    raise engine.NotFound(f"The backup {backup.location} has no database {database_id}.")


def _is_of(row: _Row, entry: _Row, column: str = "database") -> bool:
    return bool(row["fields"][column] == entry["pk"])


def _rows(backup: BackupFile, label: str) -> Iterator[_Row]:
    for name, content in backup.members():
        if name.startswith(f"rows/{label}/"):
            yield from map(json.loads, content.decode().removesuffix("\n").split("\n"))


def _load_documents(backup: BackupFile, source: str, place: Mapping[str, str], progress: Progress) -> None:
    """Store the documents of a database where `place` says, and check them."""
    collections = [item for item in backup.manifest["collections"] if item["database"] == source]
    expected = {f"collections/{item['prefix']}": {**item, **place} for item in collections}
    for name, content in backup.members():
        folder, _, member = name.rpartition("/")
        if folder in expected:
            load_member(expected[folder], member, content)
    check_collections([*expected.values()], progress)


def _load_attached(backup: BackupFile, entry: _Row, key: int) -> None:
    """Insert the rows that belong to the database, such as its variables and identity providers."""
    for model in platform.models():
        column = _column_of_database(model)
        if column and model._meta.label != "catalog.Collection":
            for row in _rows(backup, model._meta.label):
                if _is_of(row, entry, column):
                    _insert(model, {**row["fields"], column: key})


def _column_of_database(model: type[Model]) -> str:
    database = apps.get_model("catalog.Database")
    columns = [
        item.name for item in model._meta.fields if isinstance(item, ForeignKey) and item.related_model is database
    ]
    return columns[0] if columns else ""


def _insert(model: type[Model], fields: Mapping[str, Any]) -> None:
    row = {"model": model._meta.label_lower, "pk": None, "fields": {**fields}}
    platform.load(json.dumps(row).encode())
