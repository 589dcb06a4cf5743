"""Parts: started, killed with their children, missing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.drill import parts
from tests.drill.parts import DrillError, Part
from tests.support import until

pytestmark = pytest.mark.slow
# A parent and a child, which writes its id.
PARENT = """
import os, pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path(sys.argv[1]).write_text(str(child.pid))
time.sleep(600)
"""


def test_a_killed_part_leaves_no_child(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    command = [sys.executable, "-c", PARENT, str(pid)]
    part = Part("parent", command, {}, tmp_path / "log", lambda: pid.exists() and bool(pid.read_text()))
    part.start()
    part.wait_until_ready()
    child = int(pid.read_text())
    part.kill()
    until(lambda: _has_ended(child))


def _has_ended(process: int) -> bool:
    """Tell whether a process is gone, or dead and not yet taken by its new parent.

    A signal to a group is on its way when the call returns.
    """
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_a_part_that_ends_says_why(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no such database')"]
    part = Part("worker", command, {}, tmp_path / "log", lambda: False)
    part.start()
    with pytest.raises(DrillError, match=r"worker did not start:\nno such database"):
        part.wait_until_ready()
    part.stop()


def test_a_command_that_fails(tmp_path: Path) -> None:
    with pytest.raises(DrillError, match="ended with 3"):
        parts.run([sys.executable, "-c", "raise SystemExit(3)"], {}, log=tmp_path / "log")


def test_a_missing_program_says_what_to_install() -> None:
    with pytest.raises(DrillError, match="no-such-program is not installed: apt-get install package"):
        parts.program("no-such-program", package="package")


def test_ports_are_free_and_differ() -> None:
    ports = parts.free_ports(8)
    assert len(set(ports)) == 8
