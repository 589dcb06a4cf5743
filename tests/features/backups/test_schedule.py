"""Backups that the scheduler takes, into a folder and into a bucket."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import engine
from accounts.models import User
from features.backups import platform, schedule, tasks
from features.backups.archive import Writer
from features.backups.locations import NAME_FORMAT, Directory, directory
from features.backups.services import check, installation_mark

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, settings: Any, tmp_path: Path) -> Directory:
    if request.param == "bucket":
        request.getfixturevalue("bucket")
    settings.BACKUP_DIRECTORY, settings.SPOOL = tmp_path / "backups", tmp_path / "spool"
    settings.BACKUP_HOURS, settings.BACKUP_KEEP = 24, 2
    platform.clear()
    return directory()


def backup(place: Directory, *, hours: float, installation: str | None = None) -> str:
    """Store an archive that was taken some hours ago, and return its name."""
    name = (datetime.now(UTC) - timedelta(hours=hours)).strftime(NAME_FORMAT)
    mark = installation_mark() if installation is None else installation
    with Writer(place.location(name), "", "now", mark) as archive:
        archive.finish({})
    return name


def write(place: Directory, name: str) -> None:
    pending = place.location(name).create()
    pending.write(b"hello")
    pending.commit()


def test_a_backup_is_taken_when_the_newest_is_old_enough(place: Directory, settings: Any) -> None:
    own = [backup(place, hours=hours) for hours in (80, 50, 25)]
    others = [
        backup(place, hours=100, installation="another"),
        backup(place, hours=1, installation="another"),
        backup(place, hours=101, installation=""),  # of a version that did not mark its backups
    ]
    others += ["datacube-mine.tar", "datacube-20200101T000000Z.tar"]
    for name in others[-2:]:
        write(place, name)
    summary = schedule.take_if_due()
    assert summary is not None
    assert check(summary.location) == summary
    name = str(summary.location).rpartition("/")[2]
    assert [*schedule.own_backups(place)] == [name, own[2]]
    assert {*place.names()} - {".lock"} == {name, own[2], *others}

    assert schedule.take_if_due() is None
    settings.BACKUP_HOURS = 0
    summary.location.delete()
    tasks.take_if_due()
    assert [*schedule.own_backups(place)] == [own[2]]


def test_a_failure_is_mailed_to_the_administrators(
    place: Directory, mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    User.objects.create(email="root@example.com", username="root", is_admin=True)
    User.objects.create(email="ann@example.com", username="ann")
    old = [backup(place, hours=hours) for hours in (30, 40, 50)]

    def fail() -> Any:
        raise engine.Unavailable("The document store does not respond; try again.")

    monkeypatch.setattr(platform, "migrations", fail)
    assert schedule.take_if_due() is None
    (mail,) = [mail for mail in mailoutbox if "backup" in mail.subject]
    assert (mail.to, mail.subject) == (["root@example.com"], "A backup of DataCube failed")
    assert f"into {settings.BACKUP_BUCKET or settings.BACKUP_DIRECTORY} failed" in mail.body
    assert "The document store does not respond; try again." in mail.body
    assert [*schedule.own_backups(place)] == old


def test_a_bucket_that_is_not_set_up_is_mailed(mailoutbox: list[Any], settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    User.objects.create(email="root@example.com", username="root", is_admin=True)
    settings.BACKUP_HOURS, settings.BACKUP_BUCKET, settings.AWS_ACCESS_KEY_ID = 24, "b", ""
    assert schedule.take_if_due() is None
    (mail,) = [mail for mail in mailoutbox if "backup" in mail.subject]
    assert "A bucket needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment." in mail.body
