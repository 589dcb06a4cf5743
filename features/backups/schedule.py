"""Backups that have no name of their own: when one is due, how many are kept, and who learns of a failure."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.conf import settings

import accounts.mail
import accounts.services
import engine
from features.backups.archive import read_header
from features.backups.locations import NAME, NAME_FORMAT, Directory, directory
from features.backups.services import Progress, Summary, installation_mark, take

log = logging.getLogger("datacube.backups")


def take_now(place: Directory, *, progress: Progress) -> Summary:
    """Take a backup, whose name is the time, and return what it holds."""
    place.prepare()
    location = place.location(datetime.now(UTC).strftime(NAME_FORMAT))
    return take(location, password=settings.BACKUP_PASSWORD, progress=progress)


def own_backups(place: Directory) -> Iterator[str]:
    """Yield the names of the backups that this installation has taken into a place, the newest first.

    Those of other installations, other files, and archives of versions that did not mark them are left out.
    """
    for name in reversed(place.names()):
        if NAME.fullmatch(name) and _is_own(place, name):
            yield name


def _is_own(place: Directory, name: str) -> bool:
    try:
        header = read_header(place.location(name))
    except (engine.Invalid, engine.NotFound):
        return False
    return bool(header.get("installation") == installation_mark())


def take_if_due() -> Summary | None:
    """Take a backup if the newest is older than BACKUP_HOURS, and delete all but the newest BACKUP_KEEP.

    A failure is logged, and the administrators get a mail; older backups are kept then.
    """
    if not settings.BACKUP_HOURS:
        return None
    try:
        place = directory()
        if not _is_due(place):
            return None
        summary = take_now(place, progress=lambda done, total, name: None)
        delete_old(place)
    except (engine.Error, OSError) as error:
        log.exception("The backup into %s failed", settings.BACKUP_BUCKET or settings.BACKUP_DIRECTORY)
        _report(str(error))
        return None
    return summary


def _is_due(place: Directory) -> bool:
    newest = next(own_backups(place), None)
    if newest is None:
        return True
    taken_at = datetime.strptime(newest, NAME_FORMAT).replace(tzinfo=UTC)
    return datetime.now(UTC) - taken_at >= timedelta(hours=settings.BACKUP_HOURS)


def delete_old(place: Directory) -> None:
    """Delete all but the newest BACKUP_KEEP backups of this installation."""
    for name in [*own_backups(place)][settings.BACKUP_KEEP :]:
        place.location(name).delete()


def _report(reason: str) -> None:
    place = settings.BACKUP_BUCKET or settings.BACKUP_DIRECTORY
    for email in accounts.services.people.administrators():
        try:
            accounts.mail.send(email, template="backup_failed", place=str(place), reason=reason)
        except OSError:
            log.exception("The mail about the failed backup could not be sent to an administrator")
