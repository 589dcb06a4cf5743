"""Files of imports: their formats by name, and their bytes, compressed or not."""

from __future__ import annotations

import gzip
import io
from typing import Any

import pytest

import engine
from features.jobs.import_file import FileFormat, ImportFile, format_of, holds_less

CONTENT = b"a,b\n1,2\n" * 100


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("films.csv", FileFormat.CSV),
        ("FILMS.CSV.GZ", FileFormat.CSV),
        ("films.tsv", FileFormat.TSV),
        ("films.tab.gz", FileFormat.TSV),
        ("films.ndjson.gz", FileFormat.JSON),
        ("films", FileFormat.JSON),
        ("", FileFormat.JSON),
    ],
)
def test_the_name_of_a_file_tells_its_format(name: str, format: FileFormat) -> None:
    assert format_of(name) == format


@pytest.mark.parametrize("compressed", [True, False])
def test_a_file_is_read_by_bytes_and_by_lines(compressed: bool) -> None:
    stored = io.BytesIO(gzip.compress(CONTENT) if compressed else CONTENT)
    file = ImportFile(stored, max_bytes=len(CONTENT))
    assert (file.readline(100), file.readline(2), file.read(4)) == (b"a,b\n", b"1,", b"2\na,")
    assert file.read() == CONTENT[10:]
    assert file.position(5) == (len(stored.getvalue()) if compressed else 5)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize(("size", "less"), [(800, False), (801, True), (5_000_000, True), (1, False)])
def test_what_a_file_holds_is_compared(pack: Any, size: int, less: bool) -> None:
    stored = io.BytesIO(pack(CONTENT))
    assert (holds_less(stored, size=size), stored.tell()) == (less, 0)


def test_broken_compression_holds_little() -> None:
    assert not holds_less(io.BytesIO(gzip.compress(bytes(50_000_000))), size=1_000)
    assert holds_less(io.BytesIO(gzip.compress(CONTENT)[:12]), size=1_000)


def test_a_small_file_may_hold_too_much() -> None:
    bomb = io.BytesIO(gzip.compress(bytes(1_000_000)))
    file = ImportFile(bomb, max_bytes=100_000)
    with pytest.raises(engine.TooLarge, match=r"more than 100000 bytes \(MAX_IMPORT_BYTES\)"):
        while file.read(10_000):
            pass


@pytest.mark.parametrize(
    "broken", [gzip.compress(CONTENT, mtime=0)[:-9], gzip.compress(CONTENT, mtime=0)[:12], b"\x1f\x8b\x08\x00"]
)
def test_broken_compression_is_refused(broken: bytes) -> None:
    with pytest.raises(engine.Invalid) as refused:
        ImportFile(io.BytesIO(broken), max_bytes=10_000).read()
    assert refused.value.errors == (engine.FieldError("json_file", "The file is not complete, valid gzip."),)


def test_damaged_content_is_refused() -> None:
    damaged = bytearray(gzip.compress(CONTENT))
    damaged[14] ^= 0xFF
    with pytest.raises(engine.Invalid):
        ImportFile(io.BytesIO(bytes(damaged)), max_bytes=10_000).read()
