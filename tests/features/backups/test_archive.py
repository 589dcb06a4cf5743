"""Files of backups: what is written is read again, and what is not whole is refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import engine
from features.backups.archive import Writer, open_archive
from features.backups.locations import LocalFile

PARTS = {"rows/a/0": b"x" * 100_000, "collections/0-0-0/layout": b"", "rows/a/1": os.urandom(1000)}


def write(path: Path, *, password: str = "", parts: dict[str, bytes] | None = None) -> Path:
    with Writer(LocalFile(path), password, "2030-01-01T00:00:00+00:00") as archive:
        for name, content in (PARTS if parts is None else parts).items():
            archive.add(name, content)
        archive.finish({"rows": {"a": 2}})
    return path


@pytest.mark.parametrize("password", ["", "a secret"])
def test_parts_are_read_as_they_were_written(tmp_path: Path, password: str) -> None:
    path = write(tmp_path / "b.tar", password=password)
    archive = open_archive(LocalFile(path), password=password)
    assert dict(archive.members()) == PARTS
    assert archive.manifest["rows"] == {"a": 2}
    assert [item.name for item in tmp_path.iterdir()] == ["b.tar"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert (b"x" * 50 in path.read_bytes(), "a secret" in repr(archive)) == (False, False)


def test_a_backup_that_fails_leaves_no_file(tmp_path: Path) -> None:
    def fail() -> None:
        with Writer(LocalFile(tmp_path / "b.tar"), "", "now") as archive:
            archive.add("a", b"a")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert [*tmp_path.iterdir()] == []


def message_of(path: Path, password: str = "") -> str:
    with pytest.raises(engine.Error) as caught:
        open_archive(LocalFile(path), password=password)
    return caught.value.message.replace(str(path), "FILE")


def test_a_wrong_or_missing_password_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "b.tar", password="a secret")
    assert message_of(path) == "The backup FILE is encrypted: give its password (BACKUP_PASSWORD)."
    wrong = "The backup FILE cannot be decrypted: BACKUP_PASSWORD is wrong, or it was changed."
    assert message_of(path, "another") == wrong


def test_what_is_no_whole_backup_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "b.tar")
    whole = path.read_bytes()
    no_backup = "FILE is not a backup of DataCube."
    for content in (b"", b"hello", b"\0" * 2000, whole[512:]):
        path.write_bytes(content)
        assert message_of(path) == no_backup
    assert message_of(tmp_path / "missing.tar").startswith("There is no backup")
    # Cut off anywhere, or changed anywhere behind the header, it is never taken for whole.
    for end in range(1536, len(whole) - 10240, 499):
        path.write_bytes(whole[:end])
        assert "is not whole" in message_of(path) or "is damaged" in message_of(path)
    for position in range(1536 + 512, len(whole) - 10240, 997):
        changed = bytearray(whole)
        changed[position] ^= 1
        path.write_bytes(changed)
        try:
            archive = open_archive(LocalFile(path), password="")
        except engine.Error:
            continue
        assert dict(archive.members()) == PARTS, position  # a byte of padding


def test_another_format_is_named(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("features.backups.archive.FORMAT", 2)
    path = write(tmp_path / "b.tar")
    monkeypatch.undo()
    assert message_of(path) == "FILE has format 2; this version reads format 1."


def test_a_part_is_bounded(tmp_path: Path, monkeypatch: Any) -> None:
    path = write(tmp_path / "b.tar", parts={"a": b"x" * 5000})
    monkeypatch.setattr("features.backups.archive._MAX_MEMBER_BYTES", 4000)
    assert message_of(path) == "The backup FILE is damaged: a is longer than 4000 bytes, or ends early."
