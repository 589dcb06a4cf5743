"""Backups of the whole installation: takes them, and restores one."""

from __future__ import annotations

import fcntl
import hashlib
import time
from collections.abc import Callable, Iterator
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
from catalog.services.access import store
from catalog.services.metadata.databases import list_physical
from features.backups import platform
from features.backups.archive import BackupFile, Writer, open_archive
from features.backups.locations import Location, local_copy
from features.backups.services.summary import Summary, installation_mark, secret_key_mark, summary_of
from features.jobs import spool

_ATTEMPTS, _PAUSE_SECONDS = 5, 0.2
_CHUNK = 16 * 1024 * 1024
# Called with the number of steps that are done, how many there are, and the name of the next one.
Progress = Callable[[int, int, str], None]


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
            collections = _add_databases(archive, progress)
            manifest = {
                "collections": collections,
                "rows": _add_rows(archive),
                "migrations": platform.migrations(),
                "secret_key": secret_key_mark(),
            }
        archive.finish(manifest)


def restore(location: Location, *, password: str = "", overwrite: bool = False, progress: Progress) -> Summary:
    """Fill an empty installation from a backup, and check every collection against the backup's hash.

    The platform's rows come last and in one transaction, so that a restore that is stopped shows nothing and can be
    begun again, with `overwrite`. Raises `Invalid`, and `Conflict` unless the installation is empty, has the same
    migrations and the same SECRET_KEY, and without `overwrite` where MongoDB has a database of the backup.
    """
    with local_copy(location) as copy:
        archive = open_archive(copy, password=password)
        _check_may_restore(archive)
        _load(archive, overwrite=overwrite, progress=progress)
        return replace(summary_of(archive), location=location)


def _load(archive: BackupFile, *, overwrite: bool, progress: Progress) -> None:
    expected = {f"collections/{item['prefix']}": item for item in archive.manifest["collections"]}
    for physical in sorted({item["database"] for item in expected.values()}):
        _make_room(physical, overwrite=overwrite)
    for name, content in archive.members():
        folder, _, member = name.rpartition("/")
        if folder in expected:
            load_member(expected[folder], member, content)
        elif folder.startswith("spool/"):
            _unspool(folder.removeprefix("spool/"), content, is_first=int(member) == 0)
    check_collections([*expected.values()], progress)
    _restore_rows(archive)
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


def _add_databases(archive: Writer, progress: Progress) -> list[dict[str, Any]]:
    names = list_physical()
    collections: list[dict[str, Any]] = []
    for number, physical in enumerate(names):
        progress(number, len(names), physical)
        collections += add_database(archive, physical, number)
    progress(len(names), len(names), "")
    return collections


def add_database(
    archive: Writer,
    physical: str,
    number: int,
    *,
    each_batch: Callable[[int], None] = lambda count: None,
    services: bool = True,
) -> list[dict[str, Any]]:
    """Add a database as of one time, again from the beginning where its structure changed in between.

    `each_batch` gets the number of documents of each batch. Without `services` the records of the service itself,
    such as those of idempotent requests, are left out.
    """
    for attempt in range(_ATTEMPTS):
        try:
            with store().snapshot() as frozen:
                return [
                    _add_collection(
                        archive, frozen, physical, name, layout, f"{number}-{attempt}-{index}", each_batch
                    )
                    for index, (name, layout) in enumerate(store().layouts(physical))
                    if services or not name.startswith("_")
                ]
        except engine.Conflict:
            if attempt == _ATTEMPTS - 1:
                raise
            time.sleep(_PAUSE_SECONDS)
    return []


def _add_collection(
    archive: Writer,
    frozen: engine.Store,
    physical: str,
    name: str,
    layout: bytes,
    prefix: str,
    each_batch: Callable[[int], None],
) -> dict[str, Any]:
    folder = f"collections/{prefix}"
    archive.add(f"{folder}/layout", layout)
    digest, documents = hashlib.sha256(), 0
    for number, (count, batch) in enumerate(frozen.dump(physical, name)):
        archive.add(f"{folder}/{number}", batch)
        digest.update(batch)
        documents += count
        each_batch(count)
    return {
        "prefix": prefix,
        "database": physical,
        "name": name,
        "documents": documents,
        "sha256": digest.hexdigest(),
    }


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


def _make_room(physical: str, *, overwrite: bool) -> None:
    """Drop a database that a restore left; another installation may use the same MongoDB, so only if told to."""
    if not overwrite and store().layouts(physical):
        text = (
            f"MongoDB has a database {physical} already. If a restore that was stopped left it, and no other"
            " installation uses it, restore with --overwrite."
        )
        raise engine.Conflict(text)
    store().drop_database(physical)


def check_version(archive: BackupFile) -> None:
    """Raise `Conflict` unless the backup has the rows of this version."""
    if different := set(archive.manifest["migrations"]) ^ set(platform.migrations()):
        names = ", ".join(sorted(different)[:5])
        text = f"The backup is of another version: restore it with that one, then upgrade. Migrations: {names}."
        raise engine.Conflict(text)


def load_member(collection: dict[str, Any], member: str, content: bytes) -> int:
    """Store a member of a collection: its layout, or documents. Return their number."""
    names = (collection["database"], collection["name"])
    if member == "layout":
        store().make_again(*names, content)
        return 0
    return store().load(*names, content)


def _unspool(job_id: str, chunk: bytes, *, is_first: bool) -> None:
    if Path(job_id).name != job_id:
        raise engine.Invalid(f"The backup has a file of a job with the name {job_id!r}.")
    path = spool.path_of(job_id)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("wb" if is_first else "ab") as file:
        file.write(chunk)


def check_collections(collections: list[dict[str, Any]], progress: Progress) -> None:
    """Compare what was stored with the hashes of the backup."""
    for number, item in enumerate(collections):
        progress(number, len(collections), f"{item['database']}.{item['name']}")
        digest = hashlib.sha256()
        for _, batch in store().dump(item["database"], item["name"]):
            digest.update(batch)
            progress(number, len(collections), f"{item['database']}.{item['name']}")
        if digest.hexdigest() != item["sha256"]:
            text = f"{item['database']}.{item['name']} differs from the backup after it was restored."
            raise engine.Conflict(text)
    progress(len(collections), len(collections), "")


def _restore_rows(archive: BackupFile) -> None:
    with transaction.atomic():
        platform.clear()
        for name, content in archive.members():
            if name.startswith("rows/"):
                platform.load(content)
        platform.reset_sequences()
