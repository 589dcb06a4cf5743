"""What a backup of the installation holds, and which installation it is of."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.conf import settings

from features.backups.archive import BackupFile, open_archive
from features.backups.locations import Location

_MARK_LENGTH = 16
_KEY_PURPOSE = b"datacube backup: which SECRET_KEY is it"


@dataclass(frozen=True)
class Summary:
    """What a backup holds."""

    location: Location
    created_at: str
    databases: int
    documents: int
    rows: int
    size: int


def check(location: Location, *, password: str = "") -> Summary:
    """Read a backup to its end and return what it holds. Raises `Invalid` unless it is whole."""
    return summary_of(open_archive(location, password=password))


def secret_key_mark() -> str:
    """Return a text that two installations share only if they share their SECRET_KEY."""
    return hashlib.sha256(_KEY_PURPOSE + hashlib.sha256(settings.SECRET_KEY.encode()).digest()).hexdigest()


def installation_mark() -> str:
    """Return the text by which the scheduler recognizes its own backups. It is readable in encrypted ones too."""
    return secret_key_mark()[:_MARK_LENGTH]


def summary_of(archive: BackupFile) -> Summary:
    collections = archive.manifest["collections"]
    return Summary(
        location=archive.location,
        created_at=archive.header["created_at"],
        databases=len({item["database"] for item in collections}),
        documents=sum(item["documents"] for item in collections),
        rows=sum(archive.manifest["rows"].values()),
        size=archive.location.size(),
    )
