"""The latest requests while Valkey is unavailable."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from features.usage import live
from features.usage.live import Request

REQUEST = Request(at=1.5, method="GET", route="/api/crud", status=200, ms=2.5, actor="u1")


@pytest.fixture(autouse=True)
def _unreachable(settings: Any, tmp_path: Path) -> Iterator[None]:
    """Use the address of a socket on which nothing listens."""
    settings.REDIS_URL = f"redis+socket://{tmp_path}/none.sock?virtual_host=3"
    live._client.cache_clear()
    yield
    live._client.cache_clear()


def test_the_client_waits_a_second_at_most(tmp_path: Path) -> None:
    options = _unchanged()._client().connection_pool.connection_kwargs
    assert (options["path"], options["db"]) == (f"{tmp_path}/none.sock", 3)
    assert (options["socket_timeout"], options["socket_connect_timeout"]) == (1.0, 1.0)


def _unchanged() -> ModuleType:
    """Return the module as it is: other tests of this process wait longer."""
    spec = importlib.util.find_spec(live.__name__)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_requests_are_read() -> None:
    assert live.latest("shop") == []


def test_requests_are_not_stored_and_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="datacube.usage"):
        live.push([("shop", REQUEST), ("crm", REQUEST)])
    assert caplog.messages == ["Valkey does not answer: the latest requests are not shown"]


def test_each_database_has_a_list_of_its_own() -> None:
    assert live._name("shop") == "requests:shop"
