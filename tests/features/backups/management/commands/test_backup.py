"""The command that takes, lists and checks backups."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from features.backups import platform
from features.backups.bucket import BackupBucket

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def empty_installation(tmp_path: Path, settings: Any) -> None:
    platform.clear()
    settings.BACKUP_DIRECTORY, settings.SPOOL = tmp_path / "backups", tmp_path / "spool"


def test_a_backup_is_taken_listed_and_checked(tmp_path: Path, capsys: Any) -> None:
    call_command("backup")
    (path,) = (tmp_path / "backups").glob("*.tar")
    line = capsys.readouterr().out
    assert line.startswith(f"{path}: of 20")
    assert line.endswith(f" 0 databases, 0 documents, 0 rows of the platform, {path.stat().st_size:,} bytes.\n")
    call_command("backup", "--check", str(path))
    assert capsys.readouterr().out == line
    with pytest.raises(CommandError, match="already"):
        call_command("backup", str(path))
    path.with_name("other.tar").touch()
    call_command("backup", "--list")
    assert capsys.readouterr().out == f"{path}: {path.stat().st_size:,} bytes.\n"
    with pytest.raises(CommandError, match="Name the backup that is to be checked"):
        call_command("backup", "--check")


def test_a_bucket_has_backups_that_are_listed_checked_and_restored(bucket: BackupBucket, capsys: Any) -> None:
    call_command("backup")
    line = capsys.readouterr().out
    (name,) = bucket.names()
    location = f"s3://{bucket.name}/site/{name}"
    assert line.startswith(f"{location}: of 20")
    call_command("backup", "--check", location)
    assert capsys.readouterr().out == line
    call_command("backup", "--list")
    assert capsys.readouterr().out == f"{location}: {bucket.location(name).size():,} bytes.\n"
    call_command("backup", f"s3://{bucket.name}/elsewhere/before-upgrade.tar")
    assert capsys.readouterr().out.startswith(f"s3://{bucket.name}/elsewhere/before-upgrade.tar: of 20")
    call_command("restore", location)
    assert capsys.readouterr().out == f"Restored. {line}"
    with pytest.raises(CommandError, match="There is no backup s3://"):
        call_command("restore", location + "x")
