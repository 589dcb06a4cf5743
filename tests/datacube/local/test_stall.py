"""A child that is waited for: working, idle, writing to its log, or restarting again and again."""

import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from datacube.local import stall
from datacube.local.child_process import ChildProcess
from datacube.local.stall import StallDetector

pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"), pytest.mark.slow]


@pytest.fixture(autouse=True)
def _short_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stall, "_SAMPLE_SECONDS", 0.05)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], ChildProcess]]:
    started: list[ChildProcess] = []

    def start(script: str) -> ChildProcess:
        child = ChildProcess(
            name="sample", command=["sh", "-c", script], log=tmp_path / "log", environment=os.environ
        )
        child.start()
        started.append(child)
        return child

    yield start
    for child in started:
        child.terminate()
        child.wait_until_stopped()


def _watched(child: ChildProcess, *, seconds: float, stalled_seconds: float = 1) -> str:
    """Return the first problem within these seconds."""
    detector = StallDetector([child], stalled_seconds=stalled_seconds)
    deadline = time.monotonic() + seconds
    while not (reason := detector.reason()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return reason


def test_an_idle_child_is_a_problem(start: Callable[[str], ChildProcess]) -> None:
    assert "used no CPU time and wrote nothing to its log" in _watched(start("sleep 100"), seconds=30)


@pytest.mark.parametrize(
    "script",
    ["while :; do :; done", "while :; do echo line; sleep 0.4; done", "sh -c 'while :; do :; done' & wait"],
    ids=["computing", "writing", "a process below it computing"],
)
def test_a_child_that_makes_progress_is_waited_for(start: Callable[[str], ChildProcess], script: str) -> None:
    assert _watched(start(script), seconds=6, stalled_seconds=4) == ""


def test_processes_that_restart_again_and_again_are_a_problem(start: Callable[[str], ChildProcess]) -> None:
    reason = _watched(start("while :; do sh -c 'sleep 0.1; :'; done"), seconds=60, stalled_seconds=60)
    assert "restarted again and again" in reason


@pytest.mark.parametrize(
    ("sample_seconds", "state"),
    [(3600, r"working"), (0, r"idle for \d+ s")],
    ids=["progress within two samples", "no progress within two samples"],
)
def test_the_summary_names_the_child_and_what_it_does(
    start: Callable[[str], ChildProcess], monkeypatch: pytest.MonkeyPatch, sample_seconds: int, state: str
) -> None:
    detector = StallDetector([start("sleep 100")], started=time.monotonic() - 3600)
    monkeypatch.setattr(stall, "_SAMPLE_SECONDS", sample_seconds)
    assert re.fullmatch(rf"waiting for sample, 36\d\d s so far: {state}", detector.summary())
