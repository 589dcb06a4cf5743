"""Where backups are: files of a folder, or objects of a bucket, see `features.backups.bucket`."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

import engine

# The names of backups that have none of their own; strftime makes them of the time.
NAME_FORMAT = "datacube-%Y%m%dT%H%M%SZ.tar"
NAME = re.compile(r"datacube-\d{8}T\d{6}Z\.tar")
# What a backup that is not complete left is removed after this time. None runs for so long.
ABANDONED_AFTER = timedelta(days=2)
_SCHEME = "s3://"
_COPY_BYTES = 1024 * 1024
_NO_ROOM = "The restore needs {:,} bytes in {} for a copy of {}, and {:,} are free. Free some space, or set TMPDIR."
_NO_LIBRARY = (
    "Backups in a bucket need the package boto3, which is not installed. Install it: "
    "uv sync --inexact --group storage"
)


class PendingArchive(Protocol):
    """An archive that is being written. Nobody sees it before it is committed."""

    def write(self, data: bytes, /) -> int: ...

    def tell(self) -> int:
        """Return the number of bytes that were written."""

    def commit(self) -> None:
        """Store the archive under its name; it is durable when this returns."""

    def abort(self) -> None:
        """Remove what was written. Does nothing after `commit`."""


class ArchiveStream(Protocol):
    """The bytes of an archive, read once from its start."""

    def read(self, size: int, /) -> bytes: ...


class Location(Protocol):
    """The place of one archive, which need not exist. Its text is what the commands print and accept."""

    def create(self) -> PendingArchive:
        """Begin to write the archive."""

    def open(self) -> AbstractContextManager[ArchiveStream]:
        """Open the archive for reading. Raises `NotFound`."""

    def exists(self) -> bool: ...

    def size(self) -> int:
        """Return the number of bytes of the archive."""

    def delete(self) -> None:
        """Delete the archive if it exists."""

    def lock_file(self) -> Path:
        """Return the file that is locked while a backup is written here."""


class Directory(Protocol):
    """A place of many archives."""

    def location(self, name: str) -> Location:
        """Return the place of the archive of that name."""

    def names(self) -> list[str]:
        """Return the names of all files, sorted; they need not be archives."""

    def prepare(self) -> None:
        """Remove what backups that were killed have left."""


@dataclass(frozen=True)
class LocalFile:
    """An archive that is a file. `origin` is what it is a copy of, if it is one."""

    path: Path
    origin: str = ""

    def __str__(self) -> str:
        return self.origin or str(self.path)

    def create(self) -> PendingArchive:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return PendingFile(self.path)

    @contextmanager
    def open(self) -> Iterator[ArchiveStream]:
        try:
            file = self.path.open("rb")
        except FileNotFoundError as error:
            raise engine.NotFound(f"There is no backup {self}.") from error
        with file:
            yield file

    def exists(self) -> bool:
        return self.path.exists()

    def size(self) -> int:
        return self.path.stat().st_size

    def delete(self) -> None:
        self.path.unlink(missing_ok=True)

    def lock_file(self) -> Path:
        return self.path.parent / ".lock"


class PendingFile:
    """A file that is written beside its path, and renamed once it is whole and on disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._scratch = path.with_name(f".{path.name}.partial")
        descriptor = os.open(self._scratch, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        self._file = os.fdopen(descriptor, "wb")

    def write(self, data: bytes, /) -> int:
        return self._file.write(data)

    def tell(self) -> int:
        return self._file.tell()

    def commit(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._scratch.rename(self._path)
        _sync_directory(self._path.parent)

    def abort(self) -> None:
        self._file.close()
        self._scratch.unlink(missing_ok=True)


@dataclass(frozen=True)
class LocalDirectory:
    """A folder of archives."""

    path: Path

    def location(self, name: str) -> LocalFile:
        return LocalFile(self.path / name)

    def names(self) -> list[str]:
        return sorted(path.name for path in self.path.glob("*")) if self.path.exists() else []

    def prepare(self) -> None:
        oldest = time.time() - ABANDONED_AFTER.total_seconds()
        for path in self.path.glob(".datacube-*.tar.partial"):
            is_own = NAME.fullmatch(path.name.removeprefix(".").removesuffix(".partial"))
            if is_own and path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)


def directory() -> Directory:
    """Return the place of backups without a name of their own: BACKUP_BUCKET, or else BACKUP_DIRECTORY.

    Raises `Invalid` where the settings of the bucket are incomplete or its library is not installed.
    """
    if not settings.BACKUP_BUCKET:
        return LocalDirectory(Path(settings.BACKUP_DIRECTORY))
    bucket: Directory = _bucket(settings.BACKUP_BUCKET, settings.BACKUP_PREFIX)
    return bucket


def check_bucket() -> None:
    """Write, read, list and delete a small object in BACKUP_BUCKET. Raises an `engine.Error` where that fails."""
    _bucket(settings.BACKUP_BUCKET, settings.BACKUP_PREFIX).check()


def parse_location(text: str) -> Location:
    """Return the place that a command names: `s3://bucket/key`, or the path of a file. Raises `Invalid`."""
    if not text.startswith(_SCHEME):
        return LocalFile(Path(text))
    bucket, _, key = text.removeprefix(_SCHEME).partition("/")
    folder, slash, name = key.rpartition("/")
    if not bucket or not name:
        raise engine.Invalid(f"{text} names no object: write s3://BUCKET/KEY.")
    location: Location = _bucket(bucket, folder + slash).location(name)
    return location


def _bucket(name: str, prefix: str) -> Any:
    """Return a `features.backups.bucket.BackupBucket`. Its module needs boto3."""
    try:
        open_bucket = import_string("features.backups.bucket.open_bucket")
    except ImportError as error:
        raise engine.Invalid(_NO_LIBRARY) from error
    return open_bucket(name, prefix)


@contextmanager
def local_copy(location: Location) -> Iterator[LocalFile]:
    """Yield the file of an archive, or a temporary copy of one in a bucket: a restore reads it several times.

    Raises `Invalid` where the copy does not fit in TMPDIR.
    """
    if isinstance(location, LocalFile):
        yield location
        return
    with tempfile.TemporaryDirectory(prefix="datacube-restore-") as folder:
        free, size = shutil.disk_usage(folder).free, location.size()
        if size > free:
            raise engine.Invalid(_NO_ROOM.format(size, tempfile.gettempdir(), location, free))
        path = Path(folder) / "backup.tar"
        with location.open() as source, path.open("wb") as target:
            while chunk := source.read(_COPY_BYTES):
                target.write(chunk)
        yield LocalFile(path, origin=str(location))


def _sync_directory(path: Path) -> None:
    """Make a rename in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
