"""Fixtures of all tests: the running service's address, a client for it, and its home."""

import gc
import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, settings

from datacube.local import test_service

pytest_plugins = ["tests.tenants", "tests.unit_runs", "tests.unit_processes", "tests.secret_scan.recorder"]
_own_service = pytest.StashKey[ExitStack]()
_passed = pytest.StashKey[bool]()
# Each run has the same examples of the property tests, unless FUZZ_EXAMPLES asks for more: then others each time.
# How long an example takes says more about the machine's other work than about the code.
_FUZZ_EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
settings.register_profile(
    "suite",
    deadline=None,
    derandomize=not _FUZZ_EXAMPLES,
    max_examples=max(50, _FUZZ_EXAMPLES),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("suite")

# Files that take minutes, longest first: the others fill the time of the processes that do not run one of these.
LONGEST = (
    "tests/dashboard/test_browser.py",
    "tests/features/jobs/test_json_splitter.py",
    "tests/datacube/local/test_supervisor.py",
    "tests/catalog/services/clusters/test_moving.py",
    "tests/dialects/restdb/test_browser.py",
    "tests/dashboard/test_browser_data.py",
    "tests/dialects/communibase/connector/test_connector.py",
    "tests/test_new_surface.py",
    "tests/test_types.py",
    "tests/isolation/test_routes.py",
    "tests/isolation/test_permissions.py",
    "tests/test_quickstart.py",
    "tests/management/test_streams.py",
    "tests/engine/events/test_change_stream.py",
    "tests/dashboard/test_browser_services.py",
    "tests/dashboard/test_browser_way.py",
)


def pytest_configure(config: pytest.Config) -> None:
    """Start the service for a plain `pytest`, once, before xdist starts its workers."""
    if test_service.URL in os.environ or hasattr(config, "workerinput"):
        return
    stack = config.stash[_own_service] = ExitStack()
    if config.option.collectonly or test_service.is_unit_run(config.option.markexpr):
        return
    try:
        os.environ[test_service.URL] = stack.enter_context(test_service.service(os.environ))
    except test_service.NotStarted as reason:
        pytest.exit(f"the service did not start:\n{reason}", returncode=1)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect the tests without garbage collection: nothing of them is garbage."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Sort the longest files to the front in a process that shares the tests with others."""
    if hasattr(config, "workerinput"):
        ranks = {str(config.rootpath / file): rank for rank, file in enumerate(LONGEST)}
        items.sort(key=lambda item: ranks.get(str(item.path), len(ranks)))


def pytest_collection_finish() -> None:
    """Exclude the collected tests from garbage collection: ten thousand tests are a large heap that stays."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[_passed] = exitstatus == 0


def pytest_unconfigure(config: pytest.Config) -> None:
    if _own_service in config.stash:
        config.stash[_own_service].close()
        test_service.tidy(Path(os.environ["DATACUBE_HOME"]), passed=config.stash.get(_passed, False))


@pytest.fixture(scope="session")
def service_url() -> str:
    return os.environ[test_service.URL]


@pytest.fixture(scope="session")
def home() -> Path:
    """Return the service's state directory: mail/, logs/, spool/."""
    return Path(os.environ["DATACUBE_HOME"])


@pytest.fixture
def http(service_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service_url, timeout=120, trust_env=False) as client:
        yield client
