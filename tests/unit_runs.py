"""Unit runs (`-m unit`): which tests need no server, and no way to a server.

A test needs a server if it or one of its fixtures is named so, or reads a server's address, also in a helper.
In a unit run an attempt to connect to MongoDB or Valkey, or to start a process, fails at once.
"""

from __future__ import annotations

import dis
import sys
import threading
from collections.abc import Generator, Iterator
from functools import cache
from inspect import isclass, isfunction, ismodule, unwrap
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from django.conf import settings

from datacube.local import paths
from datacube.local.test_service import is_unit_run

# Fixtures that stand for the service, its servers or a database; a browser is opened on the service's address.
NEEDS_SERVER = frozenset(
    {"service_url", "home", "store", "mongo", "db", "transactional_db", "live_server", "s3_endpoint"}
)
# Settings, and a function, whose readers connect to a server.
ADDRESSES = frozenset({"MONGODB_URI", "REDIS_URL", "embedded_mongodb_uri"})
PROCESS_EVENTS = frozenset({"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn"})
# Fixtures of pytest-django for databases, sites, and marks that no unit test has: half the time of a short test.
OF_OTHERS = frozenset(
    f"_{name}"
    for name in (
        *("django_setup_unittest", "django_clear_site_cache", "django_db_marker", "django_isolate_apps"),
        *("django_set_urlconf", "live_server_helper", "template_string_if_invalid_marker"),
    )
)
# Its collection alone takes seconds, and everything in it needs the service.
_SERVICE_ONLY = "test_schemathesis.py"

# The messages of what was refused in the current test, and whether its own thread attempted it.
_refused: list[tuple[str, bool]] = []


class NotAUnitTest(Exception):
    """A unit test connected to a server or started a process."""


# --- which tests are unit tests -----------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)  # before the tests are selected by their marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need no server as `unit`; the mark `slow` excludes others, as many examples do."""
    for item in items:
        is_property = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
        is_excluded = is_property or any(map(item.get_closest_marker, ("slow", "django_db")))
        if not is_excluded and not needs_server(item):
            item.add_marker("unit")


def needs_server(item: pytest.Item) -> bool:
    """Return whether a test or one of its fixtures stands for a server or reads a server's address."""
    if not isinstance(item, pytest.Function):
        return False
    parameters = getattr(getattr(item, "callspec", None), "params", {})  # may be named as fixtures are
    if NEEDS_SERVER.intersection(item.fixturenames).difference(parameters):
        return True
    definitions = item._fixtureinfo.name2fixturedefs.values()
    return reads_address(item.function) or any(reads_address(fixtures[-1].func) for fixtures in definitions)


@cache
def reads_address(function: Any) -> bool:
    """Return whether a function, or what it uses of the tests' functions and classes, reads a server's address."""
    visited: set[Any] = set()
    waiting = [function]
    while waiting:
        used = unwrap(waiting.pop())
        if used in visited:
            continue
        visited.add(used)
        if isclass(used):
            waiting += filter(isfunction, vars(used).values())
        elif isfunction(used):
            if any(map(_loads_address, _codes(used.__code__))):
                return True
            waiting += _used(used)
    return False


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Yield the code of a function and of the functions inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _loads_address(code: CodeType) -> bool:
    """Return whether code reads an address; a test that only sets one has its own server, or none."""
    if not ADDRESSES.intersection(code.co_names):
        return False
    return any(line.opname.startswith("LOAD_") and line.argval in ADDRESSES for line in dis.get_instructions(code))


def _used(function: Any) -> Iterator[Any]:
    """Yield the functions and classes of the tests that a function names, also as members of their modules."""
    names = {name for code in _codes(function.__code__) for name in code.co_names}
    for value in (function.__globals__[name] for name in names & function.__globals__.keys()):
        members = [getattr(value, name, None) for name in names] if ismodule(value) else [value]
        for member in members:
            if (isfunction(member) or isclass(member)) and member.__module__.startswith("tests."):
                yield member


# --- unit runs ----------------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    """Let clients of MongoDB fail soon: they retry a refused connection until their time limit."""
    if is_unit_run(config.option.markexpr):
        settings.MONGODB_URI += "&serverSelectionTimeoutMS=200"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return True if is_unit_run(config.option.markexpr) and collection_path.name == _SERVICE_ONLY else None


def pytest_collection_finish(session: pytest.Session) -> None:
    if not is_unit_run(session.config.option.markexpr) or session.config.option.collectonly:
        return
    for item in session.items:
        if isinstance(item, pytest.Function):
            item.fixturenames[:] = [name for name in item.fixturenames if name not in OF_OTHERS]
    sys.addaudithook(refuse)


def refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """Raise NotAUnitTest for what a unit test must not do; called by Python for each audited event."""
    if event in PROCESS_EVENTS:
        message = "A unit test must not start a process: mark the test as slow."
    elif event == "socket.connect" and arguments[1] in _servers():
        server = _servers()[arguments[1]]
        message = f"A unit test must not connect to {server}: take it from a fixture, or mark the test as slow."
    else:
        return
    _refused.append((message, threading.current_thread() is threading.main_thread()))
    raise NotAUnitTest(message)


def _servers() -> dict[Any, str]:
    return {str(paths.embedded_mongodb_path()): "MongoDB", str(paths.embedded_redis_path()): "Valkey"}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say in the report of a test what was refused: clients try again, and may do without a server."""
    report = yield
    if call.when == "teardown" or report.failed:
        messages = dict(_refused)
        _refused.clear()
        if report.passed and any(messages.values()):
            report.outcome, report.longrepr = "failed", "\n".join(messages)
        elif messages:
            report.sections.append(("refused", "\n".join(messages)))
    return report
