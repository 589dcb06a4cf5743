"""Checks of directories and disks: who may read them, whether they can be written, and how much is free."""

from __future__ import annotations

import resource
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError

import engine
from catalog.services.stores import clusters
from datacube.doctor.finding import Finding, fail, fine, warn

_MIN_FILES = 4096
_SCARCE = 5


def check() -> Iterator[Finding]:
    """Yield the findings about directories, disks and open files."""
    directories = {
        "home": settings.HOME,
        "SPOOL": Path(settings.SPOOL),
        **({} if settings.BACKUP_BUCKET else {"BACKUP_DIRECTORY": Path(settings.BACKUP_DIRECTORY)}),
        "TMPDIR": Path(tempfile.gettempdir()),
    }
    yield from disks(directories)
    yield documents()
    yield from other_clusters()
    yield from secrets(settings.HOME)
    yield open_files(resource.getrlimit(resource.RLIMIT_NOFILE)[1])


def disks(directories: Mapping[str, Path]) -> Iterator[Finding]:
    """Yield a finding for each directory: whether it can be written, and the free space of its disk."""
    for name, path in directories.items():
        existing = next((parent for parent in (path, *path.parents) if parent.exists()), path)
        try:
            with tempfile.TemporaryFile(dir=existing):
                free = shutil.disk_usage(existing).free
        except OSError as error:
            yield fail(
                name, f"{path} cannot be written: {error.strerror}", "give its owner the right, or set another"
            )
        else:
            yield _free(name, str(path), free)


def documents() -> Finding:
    """Return the free space of MongoDB's disk, which may be on another machine."""
    return _of_cluster("MongoDB's disk", clusters.MAIN)


def other_clusters() -> Iterator[Finding]:
    """Yield the free space of the disk of each other cluster."""
    try:
        names = clusters.names()[1:]
    except DatabaseError:
        return  # which is a finding about the platform database
    for name in names:
        yield _of_cluster(f"disk of cluster {name}", name)


def _of_cluster(title: str, name: str) -> Finding:
    try:
        free = clusters.store(name).server().free_bytes
    except engine.Error:
        return warn(title, "is not known, because MongoDB does not answer", "see above")
    if free is None:
        return warn(title, "MongoDB does not tell its free space", "watch it by a tool of yours")
    return _free(title, "where documents are", free)


def _free(name: str, where: str, free: int) -> Finding:
    text = f"{free / 2**30:,.1f} GiB are free ({where})"
    if free < settings.MIN_FREE_BYTES:
        return fail(name, text, "free some space: below MIN_FREE_BYTES writes are refused")
    if free < _SCARCE * settings.MIN_FREE_BYTES:
        return warn(name, text, f"free some space: {_SCARCE} times MIN_FREE_BYTES is reached soon")
    return fine(name, text)


def secrets(home: Path) -> Iterator[Finding]:
    """Yield a problem for each secret file that others can read."""
    for path in (home / "secret_key", home / "platform.sqlite3"):
        if path.exists() and home.stat().st_mode & stat.S_IRWXO and path.stat().st_mode & stat.S_IRWXO:
            yield fail(str(path), "can be read by everybody on this machine", f"run: chmod 700 {home}")


def open_files(limit: int) -> Finding:
    if limit != resource.RLIM_INFINITY and limit < _MIN_FILES:
        text = f"a process may open {limit} files; each connection is one"
        return warn("open files", text, f"raise the limit to {_MIN_FILES}: ulimit -Hn, or LimitNOFILE of systemd")
    return fine("open files", "a process may open enough files")
