"""Measures and limits the memory of a process, and returns freed memory to the system."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import sys
import time
from pathlib import Path
from threading import Thread

from features.processes import warm

log = logging.getLogger("datacube.serving.memory")
# Without these variables glibc keeps the memory that large requests have freed; read when a process starts.
ALLOCATOR = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "131072", "MALLOC_TRIM_THRESHOLD_": "131072"}
_CHECK_SECONDS = 5.0
_trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None


def trim() -> None:
    """Return freed memory to the system; do nothing where the C library cannot."""
    if _trim is not None:
        _trim(0)


def resident(pid: int | None = None) -> int:
    """Return the resident memory of a process in bytes; 0 where it has ended."""
    try:
        fields = Path(f"/proc/{pid or os.getpid()}/statm").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


def stop_above(max_bytes: int, *, interval: float = _CHECK_SECONDS) -> None:
    """Stop this process by SIGTERM once it holds more than `max_bytes`, so that its supervisor replaces it.

    The processes that it has started ahead of calls count too, and are given up first.
    """
    Thread(target=_watch, args=(max_bytes, interval), name="memory", daemon=True).start()


def _watch(max_bytes: int, interval: float) -> None:
    while (own := resident()) <= max_bytes:
        total = own + sum(map(resident, warm.kept_ids()))
        if total > max_bytes:
            log.warning("this process and those that wait for calls hold %d bytes; it keeps none", total)
            warm.close_pools()
        time.sleep(interval)
    log.warning("the process holds more than %d bytes of memory; it finishes its work and ends", max_bytes)
    os.kill(os.getpid(), signal.SIGTERM)
