"""Memory of a process: what it has, what it gives back to the system, and the most before it is replaced."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import sys
import time
from pathlib import Path
from threading import Thread

log = logging.getLogger("datacube.serving.memory")
# Without these glibc keeps what large requests have freed; they are read once, when a process starts.
ALLOCATOR = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "131072", "MALLOC_TRIM_THRESHOLD_": "131072"}
_CHECK_SECONDS = 5.0
_trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None


def trim() -> None:
    """Give freed memory back to the system; where the C library cannot, do nothing."""
    if _trim is not None:
        _trim(0)


def resident(pid: int | None = None) -> int:
    """Return the bytes of memory that a process holds; 0 where it has ended."""
    try:
        fields = Path(f"/proc/{pid or os.getpid()}/statm").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


def stop_above(most: int, *, every: float = _CHECK_SECONDS) -> None:
    """End this process by SIGTERM once it holds more than `most` bytes, so that its supervisor starts another."""
    Thread(target=_watch, args=(most, every), name="memory", daemon=True).start()


def _watch(most: int, every: float) -> None:
    while resident() <= most:
        time.sleep(every)
    log.warning("the process holds more than %d bytes of memory; it finishes its work and ends", most)
    os.kill(os.getpid(), signal.SIGTERM)
