"""Places of backups: files of a folder, and what the commands name."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import engine
from features.backups.bucket import BackupBucket
from features.backups.locations import LocalDirectory, LocalFile, directory, local_copy, parse_location

NAME = "datacube-20300101T000000Z.tar"


def test_the_settings_choose_between_a_folder_and_a_bucket(
    settings: Any, tmp_path: Path, bucket: BackupBucket
) -> None:
    assert str(directory().location(NAME)) == f"s3://{bucket.name}/site/{NAME}"
    settings.BACKUP_BUCKET, settings.BACKUP_DIRECTORY = "", tmp_path
    assert directory() == LocalDirectory(tmp_path)
    assert str(directory().location(NAME)) == f"{tmp_path}/{NAME}"


def test_a_command_names_a_file_or_an_object(bucket: BackupBucket) -> None:
    assert parse_location("a/b.tar") == LocalFile(Path("a/b.tar"))
    location = parse_location(f"s3://{bucket.name}/site/deep/b.tar")
    assert str(location) == f"s3://{bucket.name}/site/deep/b.tar"
    for text in ("s3://", "s3://bucket", "s3://bucket/", "s3:///b.tar"):
        with pytest.raises(engine.Invalid, match=r"names no object: write s3://BUCKET/KEY\."):
            parse_location(text)


def test_a_bucket_without_its_library_is_explained(bucket: BackupBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    monkeypatch.delitem(sys.modules, "features.backups.bucket")
    with pytest.raises(
        engine.Invalid, match=r"need the package boto3, which is not installed\. Install it: uv sync"
    ):
        directory()


def test_a_file_is_not_seen_before_it_is_committed(tmp_path: Path) -> None:
    location = LocalFile(tmp_path / "new" / "b.tar")
    pending = location.create()
    pending.write(b"abc")
    assert (location.exists(), pending.tell()) == (False, 3)
    pending.commit()
    pending.abort()
    assert (location.exists(), location.size()) == (True, 3)
    with location.open() as stream:
        assert stream.read(10) == b"abc"
    location.delete()
    location.delete()
    assert [*location.path.parent.iterdir()] == []
    with pytest.raises(engine.NotFound, match="There is no backup"), location.open():
        pass


def test_partial_files_of_killed_backups_are_removed_and_no_others(tmp_path: Path) -> None:
    old = time.time() - 3 * 24 * 3600
    names = [f".{NAME}.partial", ".datacube-mine.tar.partial", NAME, "other.partial"]
    for name in names:
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (old, old))
    running = tmp_path / ".datacube-20300102T000000Z.tar.partial"
    running.touch()
    LocalDirectory(tmp_path).prepare()
    assert {path.name for path in tmp_path.iterdir()} == {*names[1:], running.name}
    assert LocalDirectory(tmp_path / "missing").names() == []


def test_a_restore_reads_a_copy_of_an_object(
    bucket: BackupBucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    location = bucket.location(NAME)
    pending = location.create()
    pending.write(b"abc")
    pending.commit()
    with local_copy(location) as copy:
        assert (str(copy), copy.path.read_bytes()) == (str(location), b"abc")
        assert copy.path.parent.stat().st_mode & 0o777 == 0o700
    assert [*tmp_path.iterdir()] == []
    file = LocalFile(tmp_path / "b.tar")
    with local_copy(file) as copy:
        assert copy == file
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=2))
    text = rf"needs 3 bytes in {tmp_path} for a copy of s3:.*, and 2 are free"
    with pytest.raises(engine.Invalid, match=text), local_copy(location):
        pass
