"""The files of unfinished imports, and those that jobs make: a directory that web server and worker share."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings


def path_of(job_id: str) -> Path:
    return Path(settings.SPOOL) / f"{job_id}.json"


def result_path_of(job_id: str) -> Path:
    """Return the place of the file that a job makes."""
    return Path(settings.SPOOL) / f"{job_id}.result"


class ReadableFile(Protocol):
    """An open file, or an upload as Django has it."""

    def read(self, size: int = ..., /) -> bytes: ...

    def readline(self, size: int = ..., /) -> bytes: ...

    def seek(self, offset: int, /) -> Any: ...

    def tell(self) -> int: ...


class Readable(Protocol):
    """What is read from its beginning to its end."""

    def read(self, size: int = ..., /) -> bytes: ...


def store(job_id: str, file: ReadableFile) -> None:
    """Write the file to disk and sync it, before the import is acknowledged."""
    path = path_of(job_id)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("xb") as target:
        try:
            shutil.copyfileobj(file, target, 1 << 20)
            target.flush()
            os.fsync(target.fileno())
        except OSError:  # a full disk, for one
            path.unlink()
            raise


def remove(job_id: str) -> None:
    path_of(job_id).unlink(missing_ok=True)


def remove_result(job_id: str) -> None:
    result_path_of(job_id).unlink(missing_ok=True)


def remove_results(*, seconds: float) -> None:
    """Delete the files that jobs made more than `seconds` ago."""
    latest = time.time() - seconds
    for path in Path(settings.SPOOL).glob("*.result*"):
        with suppress(FileNotFoundError):  # another process has just deleted it
            if path.stat().st_mtime < latest:
                path.unlink()


def older_than(*, seconds: float) -> list[str]:
    """Return the jobs whose files were written more than `seconds` ago."""
    latest = time.time() - seconds
    job_ids = []
    for path in Path(settings.SPOOL).glob("*.json"):
        with suppress(FileNotFoundError):  # its import has just finished
            if path.stat().st_mtime < latest:
                job_ids.append(path.stem)
    return job_ids
