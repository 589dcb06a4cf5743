"""The files of imports that are not done yet."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path
from typing import Any

import pytest

from features.jobs import spool


def test_a_file_is_kept_whole_and_private(own_spool: Path) -> None:
    spool.store("a", io.BytesIO(b"x" * 3_000_000))
    assert spool.path_of("a").read_bytes() == b"x" * 3_000_000
    assert own_spool.stat().st_mode & 0o777 == 0o700


def test_a_file_is_never_overwritten(own_spool: Path) -> None:
    spool.store("a", io.BytesIO(b"first"))
    with pytest.raises(FileExistsError):
        spool.store("a", io.BytesIO(b"second"))
    assert spool.path_of("a").read_bytes() == b"first"


class Full(io.BytesIO):
    """A file that cannot be copied to its end, as on a full disk."""

    def read(self, *size: Any) -> bytes:
        if self.tell():
            raise OSError(28, "No space left on device")
        return super().read(*size)


def test_half_a_file_is_not_kept(own_spool: Path) -> None:
    with pytest.raises(OSError, match="No space"):
        spool.store("a", Full(b"x" * 3_000_000))
    assert list(own_spool.iterdir()) == []


def test_removing_twice_is_removing(own_spool: Path) -> None:
    spool.store("a", io.BytesIO(b"x"))
    spool.remove("a")
    spool.remove("a")
    assert list(own_spool.iterdir()) == []


def test_what_is_old(own_spool: Path) -> None:
    assert spool.older_than(seconds=0) == []
    for name in ("old", "new"):
        spool.store(name, io.BytesIO(b"x"))
    an_hour_ago = time.time() - 3600
    os.utime(spool.path_of("old"), (an_hour_ago, an_hour_ago))
    assert spool.older_than(seconds=1800) == ["old"]
