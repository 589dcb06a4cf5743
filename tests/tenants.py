"""Fixtures: tenants of the running service, one set for each test module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support import Tenant, Truth, make_tenant


@pytest.fixture(scope="module")
def web(service_url: str) -> Iterator[httpx.Client]:
    """A client of the service that lasts as long as a module's tenants."""
    with httpx.Client(base_url=service_url, timeout=60, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def anna(web: httpx.Client) -> Tenant:
    return make_tenant(web)


@pytest.fixture(scope="module")
def ben(web: httpx.Client) -> Tenant:
    """A stranger to Anna."""
    return make_tenant(web)


@pytest.fixture(scope="module")
def truth(home: Path) -> Iterator[Truth]:
    found = Truth(home)
    yield found
    found.close()


@pytest.fixture
def nothing_changes(anna: Tenant, truth: Truth) -> Iterator[None]:
    """For a test of requests that are refused: all that Anna has is what it was."""
    team = truth.team_of(anna.email)
    before = truth.of_team(team)
    yield
    assert truth.of_team(team) == before
