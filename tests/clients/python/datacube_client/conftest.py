"""Fixtures: clients of the running service, synchronous and asynchronous, for the same tests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from datacube_client import AsyncDataCube, Database, DataCube
from tests.support import Tenant


class BlockingDriver:
    """Runs an asynchronous driver in a loop of its own, so that one test covers both clients."""

    def __init__(self, driver: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._driver = driver
        self._loop = loop
        self.session = driver.session

    def run(self, flow: Any) -> Any:
        return self._loop.run_until_complete(self._driver.run(flow))

    def iterate(self, stream: Any) -> Iterator[Any]:
        items = self._driver.iterate(stream)
        try:
            while (item := self._loop.run_until_complete(anext(items, self))) is not self:
                yield item
        finally:
            self._loop.run_until_complete(items.aclose())


@pytest.fixture(params=["sync", "async"])
def driver(request: pytest.FixtureRequest, anna: Tenant, service_url: str) -> Iterator[Any]:
    """Return a driver with Anna's tokens."""
    options = {"trust_env": False}
    if request.param == "sync":
        with DataCube(service_url, options=options) as client:
            client._driver.session.credentials.access = anna.access
            yield client._driver
        return
    loop = asyncio.new_event_loop()
    asynchronous = AsyncDataCube(service_url, options=options)
    asynchronous._driver.session.credentials.access = anna.access
    yield BlockingDriver(asynchronous._driver, loop)
    loop.run_until_complete(asynchronous.close())
    loop.close()


@pytest.fixture
def database(driver: Any, anna: Tenant) -> Database:
    return Database(driver, anna.database)
