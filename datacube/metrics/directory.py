"""The directory where the processes of a web server keep their figures, so that any of them reports the sum."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from datacube.local import embedded_servers, paths

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_PREFIX = "metrics-"


@contextmanager
def figures() -> Iterator[Path]:
    """Make the directory of this web server, name it to its workers, and remove it at the end.

    Directories that killed servers left behind are removed too.
    """
    parent = paths.sockets()
    embedded_servers.make_private(parent)
    for path in parent.glob(f"{_PREFIX}*"):
        if not _runs(path.name.removeprefix(_PREFIX)):
            shutil.rmtree(path, ignore_errors=True)
    directory = parent / f"{_PREFIX}{os.getpid()}"
    directory.mkdir(mode=0o700)
    os.environ[VARIABLE] = str(directory)
    try:
        yield directory
    finally:
        os.environ.pop(VARIABLE, None)
        shutil.rmtree(directory, ignore_errors=True)


def forget_worker(pid: int) -> None:
    """Remove the present values of a worker that has ended. What it has counted stays."""
    directory = os.environ.get(VARIABLE)
    for path in Path(directory).glob(f"gauge_live*_{pid}.db") if directory else ():
        path.unlink(missing_ok=True)


def _runs(pid: str) -> bool:
    """Return whether a process of that id exists."""
    return pid.isdigit() and Path(f"/proc/{pid}").exists()
