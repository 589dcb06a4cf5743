"""Fixtures of webhooks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.features.webhooks.receiver import Receiver, listening


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as listener:
        yield listener
