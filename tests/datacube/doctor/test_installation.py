"""The doctor's checks of what is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from datacube.doctor import installation
from datacube.doctor.finding import Health
from datacube.local import assets, embedded_servers

pytestmark = pytest.mark.slow

LOCK = """
[[package]]
name = "datacube"
dependencies = [{name = "celery"}, {name = "no-such-package"}]
[[package]]
name = "celery"
version = "0.0.1"
[[package]]
name = "no-such-package"
version = "1.0"
"""


def test_what_is_installed_here_is_fine() -> None:
    findings = [*installation.check()]
    assert [finding for finding in findings if finding.state == Health.PROBLEM] == []
    assert {"Python", "packages", "mongod", "Valkey", "Deno"} <= {finding.part for finding in findings}


def test_an_old_python_is_a_problem() -> None:
    assert installation.python((3, 10, 4)).lines()[0] == "problem  Python: 3.10.4 is too old"


def test_packages_that_differ_from_the_lock_file_are_problems(tmp_path: Path) -> None:
    lock = tmp_path / "uv.lock"
    lock.write_text(LOCK)
    texts = [finding.text for finding in installation.packages(lock)]
    assert texts[1] == "no-such-package is missing; the lock file has 1.0"
    assert texts[0].endswith("; the lock file has 0.0.1")


def test_a_missing_program_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_installed() -> Path:
        raise embedded_servers.NotInstalled

    monkeypatch.setattr(embedded_servers, "mongod_program", not_installed)
    states = {finding.part: finding.state for finding in installation.programs(embedded=True)}
    assert states == {"mongod": Health.PROBLEM, "Valkey": Health.OK, "Deno": Health.OK}


def test_a_program_that_does_not_run_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "mongod"
    program.write_text("#!/bin/sh\necho 'libcurl.so.4: cannot open' >&2\nexit 127\n")
    program.chmod(0o755)
    monkeypatch.setattr(embedded_servers, "mongod_program", lambda: program)
    finding = next(iter(installation.programs(embedded=True)))
    assert (finding.state, finding.text) == (Health.PROBLEM, "does not run: libcurl.so.4: cannot open")


def test_a_system_without_confinement_is_a_warning() -> None:
    assert installation.confinement("linux", "x86_64").state == Health.OK
    assert installation.confinement("linux", "aarch64").state == Health.WARNING


def test_a_dashboard_of_another_version_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "STAMP", tmp_path / ".built")
    assert installation.dashboard().text == "its scripts and styles are not built"
    assets.STAMP.write_text("another")
    assert installation.dashboard().text == "its scripts and styles are of another version"
