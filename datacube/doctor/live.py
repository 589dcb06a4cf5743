"""The checks that need Django to be set up before they are imported."""

from __future__ import annotations

from collections.abc import Iterator

from datacube.doctor import configuration, servers, space
from datacube.doctor.finding import Finding


def check() -> Iterator[Finding]:
    """Yield the findings about values of settings, servers and disks."""
    yield from configuration.suitable()
    yield from servers.check()
    yield from space.check()
