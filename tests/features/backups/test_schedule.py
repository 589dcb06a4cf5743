"""Backups that the scheduler takes."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

import engine
from accounts.models import User
from features.backups import schedule, tasks

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.BACKUP_DIRECTORY, settings.BACKUP_HOURS, settings.BACKUP_KEEP = tmp_path, 24, 2
    return tmp_path


@pytest.fixture(autouse=True)
def taking(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Replace the backup itself, which tests/features/backups/test_services.py takes, by an empty file."""
    paths: list[Path] = []

    def take(path: Path, **named: Any) -> str:
        path.touch()
        paths.append(path)
        return "taken"

    monkeypatch.setattr(schedule, "take", take)
    return paths


def backup(folder: Path, name: str, *, hours: float) -> Path:
    path = folder / f"datacube-{name}.tar"
    path.touch()
    os.utime(path, (time.time() - hours * 3600,) * 2)
    return path


def test_a_backup_is_taken_when_the_newest_is_old_enough(folder: Path, taking: list[Path], settings: Any) -> None:
    for name, hours in (("20200101", 80), ("20200102", 50), ("20200103", 25)):
        backup(folder, name, hours=hours)
    (folder / "mine.tar").touch()
    tasks.take_if_due()
    (path,) = taking
    assert schedule.taken() == [folder / "datacube-20200103.tar", path]
    assert (folder / "mine.tar").exists()
    assert schedule.take_if_due() is None
    settings.BACKUP_HOURS = 0
    path.unlink()
    assert schedule.take_if_due() is None


def test_a_failure_is_mailed_to_the_administrators(
    folder: Path, mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    User.objects.create(email="root@example.com", username="root", is_admin=True)
    User.objects.create(email="ann@example.com", username="ann")
    old = backup(folder, "1", hours=30)

    def fail(path: Path, **named: Any) -> None:
        raise engine.Unavailable("The document store does not respond; try again.")

    monkeypatch.setattr(schedule, "take", fail)
    assert schedule.take_if_due() is None
    (mail,) = [mail for mail in mailoutbox if "backup" in mail.subject]
    assert (mail.to, mail.subject) == (["root@example.com"], "A backup of DataCube failed")
    assert "The document store does not respond; try again." in mail.body
    assert schedule.taken() == [old]
