"""Detects child processes that make no progress while the supervisor waits for them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from datacube.local.child_process import ChildProcess

STALLED_SECONDS = 120.0
_SAMPLE_SECONDS = 2.0
# An idle mongod or web server uses about 1 % of a CPU. A busy process on an overloaded machine waits for a CPU
# instead of using it, and the kernel counts that too.
_MIN_BUSY_SHARE = 0.1
_MAX_PROCESSES = 20


@dataclass
class StallDetector:
    """Decides whether one of the children still makes progress: it uses a CPU, waits for one, or writes to its log.

    Where the system has no /proc, only the log counts.
    """

    children: Sequence[ChildProcess]
    stalled_seconds: float = STALLED_SECONDS
    started: float = field(default_factory=time.monotonic)
    _sampled: float = field(default=0.0, init=False)
    _progressed: float = field(default_factory=time.monotonic, init=False)
    _busy: float = field(default=0.0, init=False)
    _log_bytes: int = field(default=0, init=False)
    _pids: set[int] = field(default_factory=set, init=False)

    def reason(self) -> str:
        """Return why waiting is pointless, or an empty string while the child makes progress."""
        now = time.monotonic()
        if now - self._sampled >= _SAMPLE_SECONDS:
            self._sample(now)
        if len(self._pids) > _MAX_PROCESSES:
            return f"its processes end and are restarted again and again ({len(self._pids)} so far)"
        if now - self._progressed > self.stalled_seconds:
            return f"it runs, but used no CPU time and wrote nothing to its log for {self.stalled_seconds:.0f} s"
        return ""

    def summary(self) -> str:
        """Return a short description of what the supervisor waits for."""
        waited = time.monotonic() - self.started
        idle = time.monotonic() - self._progressed
        state = "working" if idle < 2 * _SAMPLE_SECONDS else f"idle for {idle:.0f} s"
        return f"waiting for {self.children[0].name}, {waited:.0f} s so far: {state}"

    def _sample(self, now: float) -> None:
        busy, size = self._busy_seconds(), sum(child.log.stat().st_size for child in self.children)
        share = abs(busy - self._busy) / (now - self._sampled)  # smaller when a process has ended
        if share >= _MIN_BUSY_SHARE or size != self._log_bytes:
            self._progressed = now
        self._sampled, self._busy, self._log_bytes = now, busy, size

    def _busy_seconds(self) -> float:
        """Return the seconds that the children's process groups ran on a CPU or waited for one."""
        total = 0.0
        for process in self._members():
            self._pids.add(int(process.name))
            for thread in (process / "task").glob("*/schedstat"):
                try:
                    running, waiting, _ = thread.read_text().split()
                except (OSError, ValueError):
                    continue  # the thread has just ended
                total += (int(running) + int(waiting)) / 1e9
        return total

    def _members(self) -> Iterator[Path]:
        groups = {str(child.process.pid) for child in self.children if child.process is not None}
        for process in Path("/proc").glob("[0-9]*"):
            try:
                stat = (process / "stat").read_text()
            except OSError:
                continue  # the process has just ended
            if stat.rpartition(")")[2].split()[2] in groups:
                yield process
