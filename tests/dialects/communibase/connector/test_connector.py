"""The published connectors, unmodified, against the live service: each method, each error, batches, the cache."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.dialects.communibase.connector.installation import (
    HERE,
    VERSIONS,
    Result,
    package,
    run_mocha,
    run_script,
)
from tests.support import Tenant

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_500)]
ENTITY_TYPES: list[dict[str, Any]] = json.loads((HERE / "entity_types.json").read_text())
# The number of tests of each group, which are in one file each.
GROUPS = {"reading": 14, "writing": 7, "errors": 10, "files": 3, "enableCache": 10, "other dialects": 4}


@pytest.fixture(scope="module", params=VERSIONS)
def connector(request: pytest.FixtureRequest) -> str:
    version: str = request.param
    return version


@pytest.fixture(scope="module")
def environment(anna: Tenant, ben: Tenant) -> dict[str, str]:
    """The environment of a program of Anna's, whose database has the entity types."""
    base = str(anna.client.base_url).rstrip("/")
    for entity_type in ENTITY_TYPES:
        answer = declare(anna, entity_type)
        assert answer.status_code == 200, answer.text
    return {
        "COMMUNIBASE_API_URL": f"{base}/0.1/",
        "COMMUNIBASE_KEY": anna.key,
        "SOCKET_SERVICE_URL": f"{base}/?api_key={anna.key}",
        "DATABASE": anna.database,
        "FOREIGN_API_URL": f"{base}/communibase/{ben.database}/0.1/",
    }


def declare(tenant: Tenant, entity_type: dict[str, Any]) -> httpx.Response:
    """Create an entity type as a person: the tenant's key may not."""
    address = f"/communibase/{tenant.database}/0.1/EntityType.json/crud"
    return tenant.client.post(address, json=entity_type, headers={"x-access-token": tenant.access})


@pytest.fixture(scope="module")
def result(connector: str, environment: dict[str, str]) -> Result:
    return run_mocha(sorted(HERE.glob("*.spec.js")), connector=connector, environment=environment)


@pytest.mark.parametrize("group", GROUPS)
def test_the_connector(result: Result, group: str) -> None:
    failed = {title: text for title, text in result.failed.items() if title.startswith(group)}
    assert failed == {}
    assert len([title for title in result.passed if title.startswith(group)]) == GROUPS[group]


# --- the tests that the package has -------------------------------------------------------------------


def test_uncached_tests_of_the_package(environment: dict[str, str]) -> None:
    result = run_mocha([package("2.0.5") / "test/tests/uncached.js"], connector="2.0.5", environment=environment)
    assert (result.failed, len(result.passed)) == ({}, 18)


def test_cached_tests_of_the_package(environment: dict[str, str]) -> None:
    """Two of them want a file and a person of a database that is not public."""
    upload = "h.withWindow(() => h.connector.updateBinary('x', 'x.txt', ''))"
    run_script(f"const h = require('{HERE}/harness.js'); {upload}", connector="2.0.5", environment=environment)
    result = run_mocha([package("2.0.5") / "test/tests/cached.js"], connector="2.0.5", environment=environment)
    assert {*result.failed} <= {
        "Connector getReadStream should produce a readable stream",
        "Connector getByRef works with a correct ref",
    }, result.failed
    assert len(result.passed) >= 17


def test_fixtures_of_the_package(environment: dict[str, str]) -> None:
    """They store nine documents, and name their ids in the environment of their process."""
    load = f"require('{package('2.0.5')}/test/runTests/loadFixtures.js')()"
    show = "console.log(Object.keys(process.env).filter((name) => /^TEST_.*_ID$/.test(name)).length)"
    printed = run_script(f"{load}.then(() => {show})", connector="2.0.5", environment=environment)
    assert printed.split()[-1] == "9"
