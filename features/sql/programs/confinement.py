"""What a program gives up before it handles anything that a caller sent, and its database in memory."""

from __future__ import annotations

import math
import resource
import sqlite3
import time

from features.sql.programs.seccomp import filter_system_calls

_PROGRESS_STEPS = 10_000
# Memory of Python, of the pipes, and of results.
_OTHER_MEMORY = 256 << 20


def open_database(*, memory: int, seconds: float) -> sqlite3.Connection:
    """Open a database in memory, whose statements are interrupted after `seconds`. Call it before `confine`."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.text_factory = _text
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.setlimit(sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(f"PRAGMA hard_heap_limit = {memory}")
    connection.execute("SELECT random()")  # the seed is read from a device
    interrupt_after(connection, seconds)
    return connection


def interrupt_after(connection: sqlite3.Connection, seconds: float) -> None:
    """Let statements be interrupted when these seconds are over, counted from now."""
    ends_at = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > ends_at, _PROGRESS_STEPS)


def confine(*, memory: int, seconds: float) -> None:
    """Give up the right to open anything, to write files, to start processes, and to use much memory or time."""
    bounds = {
        resource.RLIMIT_AS: 4 * memory + _OTHER_MEMORY,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: math.ceil(seconds) + 1,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: 0,
        resource.RLIMIT_NPROC: 0,
    }
    for name, bound in bounds.items():
        resource.setrlimit(name, (bound, bound))
    filter_system_calls()


def _text(value: bytes) -> str:
    return value.decode(errors="replace")
