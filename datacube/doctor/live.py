"""The checks that need Django to be set up before they are imported."""

from __future__ import annotations

from collections.abc import Iterator

from datacube.doctor import backup_storage, configuration, servers, space
from datacube.doctor.finding import Finding


def check() -> Iterator[Finding]:
    """Yield the findings about values of settings, servers, disks and the bucket of backups."""
    yield from configuration.suitable()
    yield from servers.check()
    yield from space.check()
    yield from backup_storage.check()
