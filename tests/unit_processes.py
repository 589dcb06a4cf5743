"""Divides a unit run among processes that are forked when the service is imported: `--unit-processes COUNT`.

Each process collects and runs a share of the files, as a worker of xdist does, and sends its reports to the first
process, which prints them, and forks the next one when one has ended. Everything that all of them need is imported
once, and what only says that the fixtures of a test passed is not sent; with xdist both cost as much as the tests.
"""

from __future__ import annotations

import gc
import importlib
import os
import re
import signal
import sys
import warnings
from functools import cache
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from datacube.local import paths
from datacube.local.child_process import describe_status, die_with_parent

# Shares of the tests for each process at a time: files of a size may take different times.
_SHARES = 2
_BATCH = 100
# Seconds; pytest lists no shorter durations by itself.
_LONG = 0.005
# How a run ends in which every test was reported.
_COMPLETE = {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED}
# A module all of whose tests need a server, by its own words.
_NO_UNIT_TESTS = re.compile(rb'^pytestmark = .*pytest\.mark\.(slow|django_db|usefixtures\(.*"db")', re.MULTILINE)
_is_done = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--unit-processes", type=int, default=0, metavar="COUNT", help="fork so many processes")


@cache
def _shares(root: Path, count: int) -> dict[Path, int]:
    """Return which process runs which test module: the largest first, each by the process with the least so far."""
    contents = {path: path.read_bytes() for path in sorted((root / "tests").rglob("test_*.py"))}
    sizes = {path: len(text) for path, text in contents.items() if not _NO_UNIT_TESTS.search(text)}
    loads, shares = [0] * count, {}
    for path in sorted(sizes, key=sizes.__getitem__, reverse=True):
        shares[path] = place = loads.index(min(loads))
        loads[place] += sizes[path]
    return shares


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    place, count = getattr(config, "workerinput", {}).get("share", (0, 0))
    is_module = count and collection_path.match("test_*.py")
    return True if is_module and _shares(config.rootpath, count).get(collection_path) != place else None


# --- the first process --------------------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> bool | None:
    """Fork a process for each share, and log what they send until all have ended. Returns None in the others."""
    config = session.config
    count = config.option.unit_processes
    if not count or config.option.collectonly or config.option.usepdb:
        return None
    _prepare(config)
    waiting, processes = [*range(count * _SHARES)], dict[Connection, int]()
    try:
        while waiting or processes:
            while waiting and len(processes) < count:
                if _is_forked(session, waiting.pop(0), processes):
                    return None
            _receive(session, processes)
    finally:
        for process in processes.values():
            os.kill(process, signal.SIGTERM)
            os.waitpid(process, 0)
    config.stash[_is_done] = True
    return True


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    return session.config.stash.get(_is_done, None)


def _prepare(config: pytest.Config) -> None:
    """Import and make what many tests need, so that the processes have it."""
    importlib.import_module(settings.ROOT_URLCONF)
    if config.rootpath == paths.ROOT:
        importlib.import_module("tests.surfaces").openapi()
    config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined] # which all of them share
    _shares(config.rootpath, config.option.unit_processes * _SHARES)
    gc.freeze()


def _is_forked(session: pytest.Session, place: int, processes: dict[Connection, int]) -> bool:
    """Fork a process for a share, and add it to the others. Returns True in the new one."""
    receiver, sender = Pipe(duplex=False)
    parent = os.getpid()
    if process := os.fork():
        sender.close()
        processes[receiver] = process
        return False
    die_with_parent(signal.SIGKILL, parent=parent)
    # Those are its parent's.
    processes.clear()
    session.testsfailed = 0
    _become_worker(session.config, place, sender)
    return True


def _receive(session: pytest.Session, processes: dict[Connection, int]) -> None:
    """Wait for something that the processes send, and log it; remove those that have ended."""
    for connection in wait([*processes]):
        assert isinstance(connection, Connection)
        try:
            kind, value = connection.recv()
        except EOFError:
            _, status = os.waitpid(processes.pop(connection), 0)
            if status:
                reason = describe_status(os.waitstatus_to_exitcode(status))
                raise pytest.exit.Exception(f"a process of the run ended early: {reason}", 1) from None
            continue
        _RECEIVERS[kind](session, value)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)


def _count(session: pytest.Session, count: int) -> None:
    session.testscollected += count


def _log(session: pytest.Session, reports: list[dict[str, Any]]) -> None:
    hook = session.config.hook
    for data in reports:
        report = hook.pytest_report_from_serializable(config=session.config, data=data)
        if isinstance(report, pytest.CollectReport):
            hook.pytest_collectreport(report=report)
        else:
            hook.pytest_runtest_logreport(report=report)


def _warn(session: pytest.Session, warning: dict[str, Any]) -> None:
    """Log a warning under the name of its class, which need not exist in this process."""
    category = type(warning["name"], (Warning,), {"__module__": warning["module"]})
    message = warnings.WarningMessage(warning["text"], category, warning["file"], warning["line"])
    session.config.hook.pytest_warning_recorded.call_historic(
        kwargs={
            "warning_message": message,
            "when": warning["when"],
            "nodeid": warning["nodeid"],
            "location": warning["location"],
        }
    )


def _end(session: pytest.Session, reason: tuple[int, str]) -> None:
    """End the run as a process of it ended that could not run its tests."""
    status, text = reason
    raise pytest.exit.Exception(text, status)


_RECEIVERS = {"count": _count, "reports": _log, "warning": _warn, "end": _end}


# --- the others ---------------------------------------------------------------------------------------


def _become_worker(config: pytest.Config, place: int, sender: Connection) -> None:
    """Let the plugins of a forked process behave as in a worker of xdist: none of them prints."""
    share = (place, config.option.unit_processes * _SHARES)
    config.workerinput = {"workerid": f"gw{place}", "share": share}  # type: ignore[attr-defined]
    config.pluginmanager.unregister(name="terminalreporter")
    worker = _Worker(config, sender)
    config.pluginmanager.register(worker)  # which repeats the warnings so far
    worker.warnings_are_new = True
    factory = config._tmp_path_factory  # type: ignore[attr-defined]
    factory._basetemp = factory.getbasetemp() / f"process-{place}"
    factory._basetemp.mkdir(mode=0o700)


def _says_nothing(report: pytest.TestReport) -> bool:
    """Return whether a report only says that the fixtures of a test passed."""
    return report.passed and report.when != "call" and report.duration < _LONG


class _Worker:
    """Sends the reports of this process, and ends it."""

    def __init__(self, config: pytest.Config, sender: Connection) -> None:
        self._config, self._sender = config, sender
        self._reports: list[dict[str, Any]] = []
        self._reason = ""
        self.warnings_are_new = False

    def _add(self, report: pytest.CollectReport | pytest.TestReport) -> None:
        data = self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
        self._reports.append(data)
        if len(self._reports) == _BATCH or report.failed:
            self._send()

    def _send(self) -> None:
        self._sender.send(("reports", self._reports))
        self._reports = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if not report.passed:
            self._add(report)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._sender.send(("count", len(session.items)))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not _says_nothing(report):
            self._add(report)

    def pytest_warning_recorded(
        self,
        warning_message: warnings.WarningMessage,
        when: str,
        nodeid: str,
        location: tuple[str, int, str] | None,
    ) -> None:
        if not self.warnings_are_new:
            return
        category = warning_message.category
        warning = {
            "name": category.__name__,
            "module": category.__module__,
            "text": str(warning_message.message),
            "file": warning_message.filename,
            "line": warning_message.lineno,
        }
        self._sender.send(("warning", warning | {"when": when, "nodeid": nodeid, "location": location}))

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        self._reason = str(excinfo.value)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """End the process here: what follows prints, and removes what the processes share."""
        self._send()
        if exitstatus not in _COMPLETE:
            self._sender.send(("end", (int(exitstatus), self._reason or str(sys.exception()))))
        self._sender.close()
        os._exit(0)
