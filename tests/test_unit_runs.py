"""The mark of the tests that need no server, and what it forbids them."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings

from datacube.local import paths, test_service
from tests import support, unit_runs
from tests.unit_runs import NotAUnitTest, reads_address


@pytest.mark.parametrize("home", ["a value"])
def test_a_parameter_named_like_a_fixture_needs_no_server(home: str, request: pytest.FixtureRequest) -> None:
    assert home == "a value"
    assert request.node.get_closest_marker("unit")


@pytest.mark.parametrize("other", ["a value"])
def test_a_fixture_beside_a_parameter_needs_a_server(
    other: str, home: object, request: pytest.FixtureRequest
) -> None:
    assert not request.node.get_closest_marker("unit")


# --- readers of an address ----------------------------------------------------------------------------


class Connecting:
    def __init__(self) -> None:
        self.address = settings.REDIS_URL


def address() -> str:
    return settings.MONGODB_URI


def connected() -> Iterator[str]:
    yield from (uri for uri in [address()])


def through_a_module() -> support.Truth:
    return support.Truth(paths.home())


@pytest.fixture
def through_helpers() -> str:
    return next(connected())


def test_a_fixture_that_reads_an_address_through_helpers_needs_a_server(
    through_helpers: str, request: pytest.FixtureRequest
) -> None:
    assert through_helpers == settings.MONGODB_URI
    assert not request.node.get_closest_marker("unit")


def set_address(configured: SimpleNamespace) -> None:
    configured.REDIS_URL = "redis://127.0.0.1:1/0"


def test_helpers_and_classes_of_the_tests_are_followed() -> None:
    assert [reads_address(used) for used in (address, connected, Connecting, through_a_module)] == [True] * 4
    assert [reads_address(used) for used in (set_address, paths.home, Path)] == [False] * 3


# --- what a unit run refuses --------------------------------------------------------------------------

NO_UNIT_TESTS = """
import contextlib, subprocess
from datacube.serving.readiness import CHECKS

def test_mongodb():
    CHECKS["documents"]()

def test_valkey():
    CHECKS["queue"]()

def test_process():
    with contextlib.suppress(Exception):
        subprocess.run(["true"])
"""


@pytest.mark.parametrize(
    ("event", "arguments", "text"),
    [
        ("subprocess.Popen", ("true", ["true"], None, None), "start a process"),
        ("os.fork", (), "start a process"),
        ("socket.connect", (None, str(paths.embedded_mongodb_path())), "connect to MongoDB"),
        ("socket.connect", (None, str(paths.embedded_redis_path())), "connect to Valkey"),
    ],
)
def test_what_is_refused(event: str, arguments: tuple[object, ...], text: str) -> None:
    with pytest.raises(NotAUnitTest, match=text):
        unit_runs.refuse(event, arguments)
    # A thread that another test has left behind may be refused as well.
    assert [is_own for _, is_own in unit_runs._refused if is_own] == [True]
    unit_runs._refused.clear()  # else this test is reported


def test_servers_of_a_test_are_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        unit_runs.refuse("socket.connect", (None, server.getsockname()))
    unit_runs.refuse("open", ("file", "r", 0))


@pytest.mark.slow
def test_an_attempt_to_reach_a_server_fails_and_says_why(tmp_path: Path) -> None:
    """Check it in a run of its own: what is refused is refused for the life of a process."""
    file = tmp_path / "test_no_unit.py"
    file.write_text(NO_UNIT_TESTS)
    command = [sys.executable, "-m", "datacube", "test", "-m", "unit", "-p", "tests.unit_runs", "--tb=long", file]
    environment = {name: value for name, value in os.environ.items() if name != test_service.URL}
    run = subprocess.run(
        list(map(str, command)), cwd=paths.ROOT, env=environment, capture_output=True, text=True, check=False
    )
    # The clients have threads, each of which warns.
    assert re.search("2 failed, 1 passed, .*1 error", run.stdout), run.stdout + run.stderr
    for text in ("connect to MongoDB", "connect to Valkey", "start a process"):
        assert f"A unit test must not {text}" in run.stdout
