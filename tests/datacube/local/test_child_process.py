"""One child process: restarted after a pause, killed with all of its group, ended with its parent."""

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from datacube.local import paths as places
from datacube.local.child_process import ChildProcess, rotate

pytestmark = pytest.mark.slow


def _child(tmp_path: Path, script: str, *, stop_timeout: float = 5.0) -> ChildProcess:
    return ChildProcess(
        name="sample",
        command=["sh", "-c", script],
        log=tmp_path / "log",
        environment=os.environ,
        stop_timeout=stop_timeout,
    )


def _eventually(is_so: Callable[[], object], *, within: float = 60.0) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.02)
    return False


def _is_alive(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_child_that_ends_is_restarted_after_pauses_that_grow(tmp_path: Path) -> None:
    child = _child(tmp_path, "exit 3")
    child.start()
    news = []
    assert _eventually(lambda: news.append(child.restart_if_exited()) or child.failures == 3)
    said = [line for line in news if line]
    assert "status 3" in said[0]
    assert [line.partition(" in ")[2].partition(" s.")[0] for line in said] == ["0.2", "0.4", "0.8"]


def test_its_whole_group_is_killed_before_it_is_restarted(tmp_path: Path) -> None:
    child = _child(tmp_path, "sleep 100 & echo $!; exit 1")
    child.start()
    assert _eventually(lambda: child.restart_if_exited())
    assert _eventually(lambda: not _is_alive(int(child.log.read_text().split()[0])))


def test_one_that_ignores_sigterm_is_killed_after_the_stop_timeout(tmp_path: Path) -> None:
    child = _child(tmp_path, "trap '' TERM; echo ready; while :; do sleep 0.1; done", stop_timeout=0.3)
    child.start()
    assert _eventually(lambda: "ready" in child.log.read_text())
    began = time.monotonic()
    child.terminate()
    child.wait_until_stopped()
    assert 0.25 < time.monotonic() - began < 20


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's notice of a parent's death")
def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    parent = f"""
        import os, time
        from pathlib import Path
        from datacube.local.child_process import ChildProcess
        log = Path({str(tmp_path / "log")!r})
        child = ChildProcess(name="x", command=["sleep", "100"], log=log, environment=os.environ)
        child.start()
        print(child.process.pid, flush=True)
        time.sleep(100)
    """
    command = [sys.executable, "-c", textwrap.dedent(parent)]
    with subprocess.Popen(command, cwd=places.ROOT, stdout=subprocess.PIPE, text=True) as process:
        child = int(process.stdout.readline())
        assert _is_alive(child)
        process.kill()
    assert _eventually(lambda: not _is_alive(child))


def test_the_end_of_its_log_is_shown(tmp_path: Path) -> None:
    child = _child(tmp_path, "")
    child.log.write_text("\n".join(f"line {number}" for number in range(100)))
    assert child.last_lines(count=2) == "  | line 98\n  | line 99"


def test_a_large_log_is_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "web.log"
    rotate(log)
    log.write_text("much")
    rotate(log)
    assert log.exists()
    monkeypatch.setattr("datacube.local.child_process._ROTATE_BYTES", 1)
    rotate(log)
    assert not log.exists()
    assert (tmp_path / "web.log.1").read_text() == "much"
