"""The command that restores backups."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from features.backups import platform

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_backup_is_restored(tmp_path: Path, settings: Any, capsys: Any) -> None:
    platform.clear()
    settings.SPOOL = tmp_path / "spool"
    path = tmp_path / "b.tar"
    call_command("backup", str(path))
    line = capsys.readouterr().out
    call_command("restore", str(path))
    assert capsys.readouterr().out == f"Restored. {line}"
    with pytest.raises(CommandError, match="There is no backup"):
        call_command("restore", str(tmp_path / "missing.tar"))
