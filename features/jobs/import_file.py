"""The files of imports: their formats, and their bytes, which are decompressed while they are read."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from enum import StrEnum
from typing import Any, cast

import engine
from features.jobs.spool import ReadableFile

FIELD = "json_file"
_GZIP = b"\x1f\x8b"
_PIECE_BYTES = 1 << 20


class FileFormat(StrEnum):
    """The format of a file without its compression."""

    JSON = "json"
    CSV = "csv"
    TSV = "tsv"


_SUFFIXES = {".csv": FileFormat.CSV, ".tsv": FileFormat.TSV, ".tab": FileFormat.TSV}


def format_of(file_name: str) -> FileFormat:
    """Return the format that the name of a file tells, without its `.gz`; JSON where it tells none."""
    name = file_name.lower().removesuffix(".gz")
    return next((format for suffix, format in _SUFFIXES.items() if name.endswith(suffix)), FileFormat.JSON)


def holds_less(file: ReadableFile, *, size: int) -> bool:
    """Return whether a file has less than `size` bytes of content, also one whose compression is broken."""
    content = ImportFile(file, max_bytes=2 * size + _PIECE_BYTES)
    count = 0
    try:
        while count < size and (piece := content.read(min(_PIECE_BYTES, size))):
            count += len(piece)
    except engine.Invalid:
        return True
    finally:
        file.seek(0)
    return count < size


class ImportFile:
    """A file from its beginning, decompressed where it is compressed by gzip.

    Reading raises `TooLarge` past `max_bytes` of content, which a small file may hold, and `Invalid` where the
    compression is broken.
    """

    def __init__(self, file: ReadableFile, *, max_bytes: int) -> None:
        file.seek(0)
        compressed = file.read(len(_GZIP)) == _GZIP
        file.seek(0)
        self._stored, self._max_bytes, self._count = file, max_bytes, 0
        self._content: Any = gzip.GzipFile(fileobj=cast("Any", file)) if compressed else file
        self.is_compressed = compressed

    def read(self, size: int = -1, /) -> bytes:
        return self._counted(self._content.read, size)

    def readline(self, size: int = -1, /) -> bytes:
        return self._counted(self._content.readline, size)

    def position(self, offset: int) -> int:
        """Return how many bytes of the stored file have been read where `offset` bytes of its content have."""
        return self._stored.tell() if self.is_compressed else offset

    def _counted(self, read: Callable[[int], bytes], size: int) -> bytes:
        try:
            content = read(size)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise engine.Invalid.of_field(FIELD, "The file is not complete, valid gzip.") from error
        self._count += len(content)
        if self._count > self._max_bytes:
            text = f"The file holds more than {self._max_bytes} bytes (MAX_IMPORT_BYTES) when it is decompressed."
            raise engine.TooLarge(text)
        return content
