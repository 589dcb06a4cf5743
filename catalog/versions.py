"""Numbers in memory that all processes of a host share, by which one sees that another has changed an entry."""

from __future__ import annotations

import mmap
import os
import secrets
from pathlib import Path
from zlib import crc32

from django.conf import settings

from engine.lazy import made_once

_COUNT = 1 << 14
_BYTES = 8
_FILE = "catalog-versions"


class SharedVersions:
    """Numbers of entries by name, in a file that each process maps. Two names may have the same number.

    A number is read and written as a whole, so that it needs no lock. The file may be lost: a number means nothing
    but that it has changed.
    """

    def __init__(self, path: Path) -> None:
        """Map the file, and create it if it is missing. Raises `OSError`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.ftruncate(file, _COUNT * _BYTES)
            self._numbers = memoryview(mmap.mmap(file, _COUNT * _BYTES)).cast("Q")
        finally:
            os.close(file)

    def of(self, name: str) -> int:
        return self._numbers[crc32(name.encode()) % _COUNT]

    def change(self, name: str) -> None:
        """Give an entry another number, after the change of the entry has been committed."""
        self._numbers[crc32(name.encode()) % _COUNT] = secrets.randbits(_BYTES * 8)


@made_once
def versions() -> SharedVersions:
    """Return the numbers of this host's catalog entries."""
    return SharedVersions(Path(settings.SPOOL) / _FILE)
