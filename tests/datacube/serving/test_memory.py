"""What a process holds is known, and one that holds too much ends by itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from datacube.local.paths import ROOT
from datacube.serving import memory

pytestmark = pytest.mark.slow

HOLDING = (
    "import time; from datacube.serving.memory import stop_above; "
    "stop_above({max_bytes}, interval=0.01); time.sleep({seconds})"
)


@pytest.mark.parametrize(
    ("max_bytes", "seconds", "status"), [(1 << 20, 240, -signal.SIGTERM), (1 << 40, 0.1, 0)], ids=["above", "below"]
)
def test_a_process_above_its_ceiling_ends(max_bytes: int, seconds: float, status: int) -> None:
    code = HOLDING.format(max_bytes=max_bytes, seconds=seconds)
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=280, check=False).returncode == status


GIVING_UP = """
import sys, time
from datacube.serving import memory
from features.sql.process import SqlProcess
from features.processes import warm
pool = warm.WarmPool("test", lambda: 2)
def start():
    return SqlProcess("statement", "16000000", "5", seconds=60, max_frame=1_000)
pool.take("key", start).close()
while len(warm.kept_ids()) < 2:
    time.sleep(0.05)
print(len(pool.ids), flush=True)
memory.stop_above(memory.resident() + 5_000_000, interval=0.05)
while pool.ids:
    time.sleep(0.05)
pool.take("key", start).close()
print(len(pool.ids))
"""


def test_processes_that_wait_for_calls_count_and_are_given_up_first() -> None:
    printed = subprocess.check_output([sys.executable, "-c", GIVING_UP], cwd=ROOT, timeout=280, text=True)
    assert printed.split() == ["2", "0"]


GIVING_BACK = """
from datacube.serving import memory
before = memory.resident()
held = [b"x" * 100_000 for _ in range(1_000)]
print(memory.resident() > before + 50_000_000)
del held
memory.trim()
print(memory.resident() < before + 50_000_000)
"""


def test_memory_is_given_back() -> None:
    """In a new process: in this one freed memory of other tests may be used again."""
    printed = subprocess.check_output([sys.executable, "-c", GIVING_BACK], cwd=ROOT, timeout=280, text=True)
    assert printed.split() == ["True", "True"]


def test_resident_memory_of_a_process() -> None:
    assert memory.resident(os.getpid()) > 1 << 20
    assert memory.resident(2**22 + 1) == 0
