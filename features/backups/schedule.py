"""Backups that the scheduler takes: when one is due, how many are kept, and who learns of a failure."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings

import accounts.mail
import accounts.services
import engine
from features.backups.services import Summary, take

log = logging.getLogger("datacube.backups")
_NAME = "datacube-%Y%m%dT%H%M%SZ.tar"


def new_path() -> Path:
    """Return the path of a backup that is taken now."""
    return Path(settings.BACKUP_DIRECTORY) / datetime.now(UTC).strftime(_NAME)


def taken() -> list[Path]:
    """Return the backups of the folder, the oldest first."""
    return sorted(Path(settings.BACKUP_DIRECTORY).glob("datacube-*.tar"))


def take_if_due() -> Summary | None:
    """Take a backup if the newest is older than BACKUP_HOURS, and delete all but the newest BACKUP_KEEP.

    A failure is logged, and the administrators get a mail; older backups are kept then.
    """
    if not settings.BACKUP_HOURS or not _is_due():
        return None
    path = new_path()
    try:
        summary = take(path, password=settings.BACKUP_PASSWORD, progress=lambda done, total, name: None)
    except (engine.Error, OSError) as error:
        log.exception("The backup %s failed", path)
        _report(path, str(error))
        return None
    for old in taken()[: -settings.BACKUP_KEEP]:
        old.unlink()
    return summary


def _is_due() -> bool:
    backups = taken()
    if not backups:
        return True
    age = datetime.now(UTC) - datetime.fromtimestamp(backups[-1].stat().st_mtime, UTC)
    return age >= timedelta(hours=settings.BACKUP_HOURS)


def _report(path: Path, reason: str) -> None:
    for email in accounts.services.people.administrators():
        try:
            accounts.mail.send(email, template="backup_failed", path=str(path), reason=reason)
        except OSError:
            log.exception("The mail about the failed backup could not be sent to an administrator")
