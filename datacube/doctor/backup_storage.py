"""Checks of the bucket of backups: that its settings are complete, and that it can be written and read."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings

import engine
from datacube.doctor.finding import Finding, fail, fine, warn
from features.backups.locations import check_bucket

_LOCAL = {"127.0.0.1", "::1", "localhost"}


def check() -> Iterator[Finding]:
    """Yield the findings about BACKUP_BUCKET, none where backups are in a folder."""
    if not settings.BACKUP_BUCKET:
        return
    try:
        check_bucket()
    except engine.Error as error:
        yield fail("BACKUP_BUCKET", error.message, "see docs/operations.md#backups-in-a-bucket")
    else:
        text = f"s3://{settings.BACKUP_BUCKET}/{settings.BACKUP_PREFIX} can be written, read and listed"
        yield fine("BACKUP_BUCKET", text)
    endpoint = urlsplit(settings.BACKUP_ENDPOINT)
    if endpoint.scheme == "http" and endpoint.hostname not in _LOCAL:
        text = "does not begin with https://: backups travel in the clear"
        yield warn("BACKUP_ENDPOINT", text, "use TLS, or set BACKUP_PASSWORD")
