"""The command that takes and checks backups."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from features.backups import platform

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_backup_is_taken_and_checked(tmp_path: Path, settings: Any, capsys: Any) -> None:
    platform.clear()
    settings.BACKUP_DIRECTORY, settings.SPOOL = tmp_path / "backups", tmp_path / "spool"
    call_command("backup")
    (path,) = (tmp_path / "backups").glob("*.tar")
    line = capsys.readouterr().out
    assert line.startswith(f"{path}: of 20")
    assert line.endswith(f" 0 databases, 0 documents, 0 rows of the platform, {path.stat().st_size:,} bytes.\n")
    call_command("backup", "--check", str(path))
    assert capsys.readouterr().out == line
    with pytest.raises(CommandError, match="already"):
        call_command("backup", str(path))
