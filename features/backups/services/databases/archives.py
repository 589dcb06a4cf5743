"""The archives of single databases: their files, and their content in MongoDB."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

import engine
from catalog.services.stores.clusters import MAIN, store
from features.backups.archive import Writer, open_archive, read_header
from features.backups.locations import LocalFile
from features.backups.services.databases.definition import definition_of
from features.backups.services.documents import add_database, check_collections, load_member

KIND = "database"
_CHANGED = "Collections were created, changed or dropped while the backup was taken."
_TOO_LARGE = "The backup is larger than {} bytes (MAX_BACKUP_BYTES)."
_NO_ARCHIVE = "The file is not the archive of a database."
# Called with the number of documents so far.
Progress = Callable[[int], None]


def path_of(backup_id: str) -> Path:
    return Path(settings.DATABASE_BACKUP_DIRECTORY) / f"{backup_id}.tar"


def write_archive(
    path: Path, database_id: str, physical: str, progress: Progress, *, cluster: str = MAIN
) -> dict[str, Any]:
    """Write the documents, indexes, history and files of a database as of one time, and return the manifest.

    Raises `Unavailable` where its structure changes during the backup, `TooLarge` for more than MAX_BACKUP_BYTES.
    """
    definition = definition_of(database_id)
    documents = 0

    def count(number: int) -> None:
        nonlocal documents
        documents += number
        if archive.size > settings.MAX_BACKUP_BYTES:
            raise engine.TooLarge(_TOO_LARGE.format(settings.MAX_BACKUP_BYTES))
        progress(documents)

    with Writer(LocalFile(path), "", datetime.now(UTC).isoformat(timespec="seconds")) as archive:
        collections = add_database(archive, cluster, physical, 0, each_batch=count, services=False)
        if definition_of(database_id) != definition:
            raise engine.Unavailable(_CHANGED, retry_after=1)
        manifest = {"kind": KIND, "definition": definition, "collections": collections}
        archive.finish(manifest)
    return manifest


def read_definition(path: Path) -> dict[str, Any]:
    """Return the definition of the database in an archive. Raises `Invalid` unless it is a whole one."""
    manifest = open_archive(LocalFile(path), password="").manifest
    if manifest.get("kind") != KIND:
        raise engine.Invalid(_NO_ARCHIVE)
    definition: dict[str, Any] = manifest["definition"]
    return definition


def taken_at(path: Path) -> str:
    """Return the time of an archive, in ISO 8601 and whole seconds."""
    time: str = read_header(LocalFile(path))["created_at"]
    return time


def load_archive(path: Path, physical: str, progress: Progress, *, cluster: str = MAIN) -> None:
    """Fill the database in MongoDB of that name, and compare what was stored with the archive's hashes.

    What is in it already is dropped. Raises `Invalid` unless the archive is whole, `Conflict` for other hashes.
    """
    archive = open_archive(LocalFile(path), password="", each_member=lambda: progress(0))
    if archive.manifest.get("kind") != KIND:
        raise engine.Invalid(_NO_ARCHIVE)
    store(cluster).drop_database(physical)
    collections = {
        f"collections/{item['prefix']}": {**item, "cluster": cluster, "database": physical}
        for item in archive.manifest["collections"]
    }
    documents = 0
    for name, content in archive.members():
        folder, _, member = name.rpartition("/")
        if folder in collections:
            documents += load_member(collections[folder], member, content)
            progress(documents)
    check_collections([*collections.values()], lambda done, total, name: progress(documents))
