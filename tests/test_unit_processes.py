"""A unit run that several processes share: one summary, and one end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from datacube.local import paths
from tests import unit_processes

CASES = """
import os
import warnings

import pytest

@pytest.mark.parametrize("number", range(3))
def test_passes(number, tmp_path):
    assert tmp_path.parent.name.startswith("process-")

def test_fails():
    print("what it printed")
    assert [1, 2] == [1, 3]

def test_skips():
    pytest.skip("not here")

@pytest.mark.xfail(reason="not yet")
def test_is_not_expected_to_pass():
    raise NotImplementedError

class OwnWarning(UserWarning):
    pass

def test_warns():
    warnings.warn("a warning of its own class", OwnWarning)

@pytest.fixture
def broken():
    raise ValueError("the fixture fails")

def test_with_a_broken_fixture(broken):
    pass
"""
DIES = """
import os

def test_ends_its_process():
    os.kill(os.getpid(), 9)
"""
SERVICE_ONLY = """
import pytest

pytestmark = pytest.mark.slow
raise ImportError("is not imported")
"""


def run(root: Path, *arguments: str, **modules: str) -> subprocess.CompletedProcess[str]:
    """Run modules of tests in a folder of their own, with this plugin."""
    (root / "tests").mkdir()
    for name, text in modules.items():
        (root / "tests" / f"test_{name}.py").write_text(text)
    (root / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-c", root / "pytest.ini", "--rootdir", root, root / "tests"]
    options = ["-p", "tests.unit_processes", "--unit-processes=2", "--import-mode=importlib", "--capture=sys"]
    # Where CI is set, pytest repeats long messages in the summary.
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "BUILD_NUMBER")}
    return subprocess.run(
        [*map(str, command), *options, "-p", "no:cacheprovider", *arguments],
        cwd=paths.ROOT,
        env=environment | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_modules_are_divided_by_their_size(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    sizes = {"test_large.py": 90, "test_middle.py": 50, "test_small.py": 30, "test_smallest.py": 20}
    for name, size in sizes.items():
        (tmp_path / "tests" / name).write_text("#" * size)
    (tmp_path / "tests" / "test_service.py").write_text(SERVICE_ONLY)
    shares = unit_processes._shares(tmp_path, 2)
    assert {path.name: place for path, place in shares.items()} == {
        "test_large.py": 0,
        "test_middle.py": 1,
        "test_small.py": 1,
        "test_smallest.py": 1,
    }


@pytest.mark.slow
def test_the_reports_of_all_processes_are_printed_once(tmp_path: Path) -> None:
    answer = run(tmp_path, first=CASES, second=CASES, service=SERVICE_ONLY)
    assert answer.returncode == pytest.ExitCode.TESTS_FAILED, answer.stdout + answer.stderr
    assert "2 failed, 8 passed, 2 skipped, 2 xfailed, 2 warnings, 2 errors in" in answer.stdout
    for text in ("At index 1 diff: 2 != 3", "\nwhat it printed\n", "OwnWarning: a warning of its own class"):
        assert answer.stdout.count(text) == 2, answer.stdout


@pytest.mark.slow
def test_a_run_ends_at_the_first_failure_if_told_so(tmp_path: Path) -> None:
    answer = run(tmp_path, "-x", first=CASES, second=CASES)
    assert answer.returncode == pytest.ExitCode.TESTS_FAILED, answer.stdout + answer.stderr
    assert "stopping after 1 failures" in answer.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "status", "message"),
    [
        (DIES, 1, "a process of the run ended early: signal 9"),
        ("import no_such_module", pytest.ExitCode.INTERRUPTED, "1 error during collection"),
    ],
)
def test_a_process_that_does_not_run_its_tests_fails_the_run(
    text: str, status: int, message: str, tmp_path: Path
) -> None:
    answer = run(tmp_path, bad=text)
    assert answer.returncode == status, answer.stdout + answer.stderr
    assert message in answer.stdout
