"""Backups of the whole installation: takes them, and restores one."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import transaction

import engine
import features.webhooks.services
from catalog.services.clusters import registry
from catalog.services.metadata.databases import list_stored
from catalog.services.stores.clusters import store
from features.backups import platform
from features.backups.archive import BackupFile, Writer, open_archive
from features.backups.locations import Location, local_copy
from features.backups.services.documents import Progress, add_database, check_collections, load_member
from features.backups.services.summary import Summary, installation_mark, secret_key_mark, summary_of
from features.jobs import spool

_CHUNK = 16 * 1024 * 1024
_MOVED = "Databases were moved to another cluster during the backup: take it again. They are: {}."


def take(location: Location, *, password: str = "", progress: Progress) -> Summary:
    """Write a backup of the installation to a place where no file is, read it back, and return what it holds.

    Reads go on and writes too: the documents of one database are of one time, the platform's rows of the start.
    Raises `Conflict` where the file exists or another backup is under way in its folder, `Unavailable` and
    `TimedOut` as MongoDB and the bucket do. A backup that fails leaves no file.
    """
    with _alone(location.lock_file()):
        if location.exists():
            raise engine.Conflict(f"There is a file {location} already.")
        _write(location, password, progress)
        try:
            return summary_of(open_archive(location, password=password))
        except engine.Invalid:
            location.delete()
            raise


def _write(location: Location, password: str, progress: Progress) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with Writer(location, password, now, installation_mark()) as archive:
        spooled = _add_spool(archive, known=set())
        with platform.snapshot():
            _add_spool(archive, known=spooled)
            databases = list_stored()
            collections = _add_databases(archive, databases, progress)
            manifest = {
                "collections": collections,
                "rows": _add_rows(archive),
                "migrations": platform.migrations(),
                "secret_key": secret_key_mark(),
            }
        _check_not_moved(databases)
        archive.finish(manifest)


def restore(location: Location, *, password: str = "", overwrite: bool = False, progress: Progress) -> Summary:
    """Fill an empty installation from a backup, and check every collection against the backup's hash.

    The platform's rows come last and in one transaction, so that a restore that is stopped shows nothing and can be
    begun again, with `overwrite`. Databases are restored on the clusters where they were; a cluster that was added
    before under the same name keeps its address. Raises `Invalid`, and `Conflict` unless the installation is empty,
    has the same migrations and the same SECRET_KEY, and without `overwrite` where MongoDB has a database of the
    backup.
    """
    with local_copy(location) as copy:
        archive = open_archive(copy, password=password)
        _check_may_restore(archive)
        _load(archive, overwrite=overwrite, progress=progress)
        return replace(summary_of(archive), location=location)


def _load(archive: BackupFile, *, overwrite: bool, progress: Progress) -> None:
    expected = {f"collections/{item['prefix']}": item for item in archive.manifest["collections"]}
    own = registry.addresses()
    registry.keep_addresses([*platform.fields_of(archive, "catalog.Cluster")])
    for cluster, physical in sorted({(item["cluster"], item["database"]) for item in expected.values()}):
        _make_room(cluster, physical, overwrite=overwrite)
    for name, content in archive.members():
        folder, _, member = name.rpartition("/")
        if folder in expected:
            load_member(expected[folder], member, content)
        elif folder.startswith("spool/"):
            _unspool(folder.removeprefix("spool/"), content, is_first=int(member) == 0)
    check_collections([*expected.values()], progress)
    _restore_rows(archive, own)
    features.webhooks.services.restart()


# --- taking -------------------------------------------------------------------------------------------


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the lock of a file. Raises `Conflict` where another process holds it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise engine.Conflict(f"Another backup is under way in {path.parent}.") from error
        yield


def _add_databases(archive: Writer, databases: list[tuple[str, str]], progress: Progress) -> list[dict[str, Any]]:
    collections: list[dict[str, Any]] = []
    for number, (cluster, physical) in enumerate(databases):
        progress(number, len(databases), physical)
        collections += add_database(archive, cluster, physical, number)
    progress(len(databases), len(databases), "")
    return collections


def _check_not_moved(databases: list[tuple[str, str]]) -> None:
    """Raise `Conflict` where a database has left its cluster: its documents may have been dropped there."""
    now = {physical: cluster for cluster, physical in list_stored()}
    moved = [physical for cluster, physical in databases if now.get(physical, cluster) != cluster]
    if moved:
        raise engine.Conflict(_MOVED.format(", ".join(moved[:5])))


def _add_rows(archive: Writer) -> dict[str, int]:
    counts: dict[str, int] = {}
    for model in platform.models():
        label = model._meta.label
        counts[label] = 0
        for number, (count, lines) in enumerate(platform.dump(model)):
            archive.add(f"rows/{label}/{number}", lines)
            counts[label] += count
    return counts


def _add_spool(archive: Writer, *, known: set[str]) -> set[str]:
    """Add the files of unfinished imports that are not yet `known`, and return the jobs of all."""
    for path in sorted(Path(settings.SPOOL).glob("*.json")):
        if path.stem in known:
            continue
        try:
            with path.open("rb") as file:
                for number, chunk in enumerate(iter(lambda: file.read(_CHUNK), b"")):
                    archive.add(f"spool/{path.stem}/{number}", chunk)
        except FileNotFoundError:  # its import has just ended
            continue
        known = known | {path.stem}
    return known


# --- restoring ----------------------------------------------------------------------------------------


def _check_may_restore(archive: BackupFile) -> None:
    manifest = archive.manifest
    if any(apps.get_model(label).objects.exists() for label in ("accounts.User", "catalog.Database")):
        raise engine.Conflict(
            "This installation has accounts or databases; a backup is restored into an empty one."
        )
    check_version(archive)
    if manifest["secret_key"] != secret_key_mark():
        text = "The backup's installation has another SECRET_KEY, which its stored secrets need: set it here first."
        raise engine.Conflict(text)


def _make_room(cluster: str, physical: str, *, overwrite: bool) -> None:
    """Drop a database that a restore left; another installation may use the same MongoDB, so only if told to."""
    if not overwrite and store(cluster).layouts(physical):
        text = (
            f"MongoDB has a database {physical} already. If a restore that was stopped left it, and no other"
            " installation uses it, restore with --overwrite."
        )
        raise engine.Conflict(text)
    store(cluster).drop_database(physical)


def check_version(archive: BackupFile) -> None:
    """Raise `Conflict` unless the backup has the rows of this version."""
    if different := set(archive.manifest["migrations"]) ^ set(platform.migrations()):
        names = ", ".join(sorted(different)[:5])
        text = f"The backup is of another version: restore it with that one, then upgrade. Migrations: {names}."
        raise engine.Conflict(text)


def _unspool(job_id: str, chunk: bytes, *, is_first: bool) -> None:
    if Path(job_id).name != job_id:
        raise engine.Invalid(f"The backup has a file of a job with the name {job_id!r}.")
    path = spool.path_of(job_id)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("wb" if is_first else "ab") as file:
        file.write(chunk)


def _restore_rows(archive: BackupFile, own: Mapping[str, str]) -> None:
    """Replace all rows by those of the backup; `own` are the addresses of clusters that were known before."""
    with transaction.atomic():
        platform.clear()
        for name, content in archive.members():
            if name.startswith("rows/"):
                platform.load(content)
        platform.reset_sequences()
        registry.finish_restore(own)
