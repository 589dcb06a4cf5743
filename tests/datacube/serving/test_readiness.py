"""The checks of readiness, and the client of the queue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis.exceptions import ConnectionError as Disconnected

from datacube.serving import readiness


@pytest.fixture(autouse=True)
def _unreachable(settings: Any, tmp_path: Path) -> Iterator[None]:
    """Use the address of a socket on which nothing listens."""
    settings.REDIS_URL = f"redis+socket://{tmp_path}/none.sock?virtual_host=2"
    readiness.queue_client.cache_clear()
    yield
    readiness.queue_client.cache_clear()


def test_the_service_needs_three_servers() -> None:
    assert list(readiness.CHECKS) == ["platform", "documents", "queue"]


def test_the_client_of_the_queue_waits_a_second_at_most(tmp_path: Path) -> None:
    options = readiness.queue_client().connection_pool.connection_kwargs
    assert (options["path"], options["db"]) == (f"{tmp_path}/none.sock", 2)
    assert (options["socket_timeout"], options["socket_connect_timeout"]) == (1, 1)


def test_a_queue_that_does_not_answer_is_an_error() -> None:
    with pytest.raises(Disconnected):
        readiness.CHECKS["queue"]()
