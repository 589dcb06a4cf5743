"""Fixtures of maintenance: the state of this process, which is restored after each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from datacube.maintenance import state
from datacube.maintenance.state import ServiceState


@pytest.fixture(autouse=True)
def accepting_writes() -> Iterator[None]:
    state.apply(ServiceState())
    yield
    state.apply(ServiceState())
