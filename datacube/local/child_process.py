"""One child process of the service: in its own process group, with its own log, and killed with its parent."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

_PR_SET_PDEATHSIG = 1
# Resolved before any fork: between fork and exec nothing may import or take a lock.
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

_ROTATE_BYTES = 16 * 1024 * 1024
_STABLE_SECONDS = 10.0
_MAX_PAUSE_SECONDS = 5.0


def die_with_parent(signum: int, *, parent: int) -> None:
    """Make the kernel send `signum` to this process when its parent process `parent` exits; Linux only."""
    if _prctl is None:
        return
    _prctl(_PR_SET_PDEATHSIG, signum)
    if os.getppid() != parent:  # it ended before the call
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class ChildProcess:
    """A command to keep running; `stop_timeout` is the seconds between SIGTERM and SIGKILL."""

    name: str
    command: Sequence[str | Path]
    log: Path
    environment: Mapping[str, str]
    orphan_signal: int = signal.SIGKILL
    stop_timeout: float = 1.0
    failures: int = field(default=0, init=False)
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    started: float = field(default=0.0, init=False)
    due: float | None = field(default=None, init=False)

    def start(self) -> None:
        """Start the process. Call it from the main thread only: the kernel watches the thread that forked."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(self.environment),
                process_group=0,
                preexec_fn=partial(die_with_parent, self.orphan_signal, parent=os.getpid()),
            )
        self.started, self.due = time.monotonic(), None

    def status(self) -> int | None:
        """Return None while it runs, else its exit status as `subprocess` returns it."""
        return None if self.process is None else self.process.poll()

    def restart_if_exited(self) -> str | None:
        """Restart it when it has exited and its pause is over; return a message when it has just exited."""
        status = self.status()
        if status is None:
            return None
        if self.due is not None:
            if time.monotonic() >= self.due:
                self.start()
            return None
        self._kill_group()
        was_stable = time.monotonic() - self.started > _STABLE_SECONDS
        self.failures = 1 if was_stable else self.failures + 1
        pause = min(0.1 * 2**self.failures, _MAX_PAUSE_SECONDS)
        self.due = time.monotonic() + pause
        return f"{self.name} ended ({describe_status(status)}); restarting it in {pause:.1f} s. See {self.log}"

    def terminate(self) -> None:
        """Send SIGTERM if it runs."""
        if self.process is not None and self.status() is None:
            self.process.terminate()

    def wait_until_stopped(self) -> None:
        """Wait for it up to `stop_timeout` seconds, then kill its process group."""
        if self.process is None:
            return
        try:
            self.process.wait(self.stop_timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self._kill_group()
        self.process.wait()
        self.process = None

    def _kill_group(self) -> None:
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return  # nothing of it is left, as hoped

    def last_lines(self, *, count: int = 15) -> str:
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - 8192))
            lines = log.read().decode(errors="replace").splitlines()
        return "\n".join(f"  | {line[:400]}" for line in lines[-count:])


def rotate(log: Path) -> None:
    """Rename a large log to `.log.1`, replacing the one before."""
    if log.exists() and log.stat().st_size > _ROTATE_BYTES:
        log.replace(log.with_suffix(".log.1"))


def describe_status(status: int) -> str:
    """Return an exit status in words."""
    return f"signal {-status}" if status < 0 else f"status {status}"
