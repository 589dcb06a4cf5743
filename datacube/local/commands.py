"""The commands of the service's processes: web server, worker, scheduler, and the preparation before them."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path

from datacube.local import paths
from datacube.local.child_process import ChildProcess

MakeChild = Callable[..., ChildProcess]


def migrations(child: MakeChild, *, link_file: Path) -> ChildProcess:
    """Return the child that migrates and creates the first link in one process: loading Django takes seconds."""
    command = ["prepare", "--link-file", link_file]
    return child("migrate", [sys.executable, paths.ROOT / "manage.py", *command])


def front_end(child: MakeChild) -> ChildProcess:
    return child("assets", [sys.executable, "-m", "datacube", "assets"])


def programs(child: MakeChild, *, state: Path) -> list[ChildProcess]:
    """Return the children in the order in which they are stopped."""
    return [
        # On SIGTERM the server stops its workers; they exit with it in any case, see wsgi.py.
        child("web", _web(), orphan_signal=signal.SIGTERM, stop_timeout=2.5),
        child("worker", _celery("worker", *_WORKER), stop_timeout=1.5),
        child("beat", _celery("beat", "--loglevel", "INFO", "--schedule", state / "beat-schedule")),
    ]


_WORKER = (
    # Webhook deliveries use at most WEBHOOK_CONCURRENCY of the six threads; a second worker would need 110 MB.
    *("--queues", "celery,webhooks", "--pool", "threads", "--concurrency", "6", "--loglevel", "INFO"),
    *("--without-mingle", "--without-gossip"),  # these wait for other workers, and here is only one
)


def _celery(*arguments: str | Path) -> list[str | Path]:
    return [sys.executable, "-m", "celery", "--workdir", paths.ROOT, "-A", "datacube", *arguments]


def _web() -> list[str | Path]:
    return [sys.executable, "-m", "datacube.http.server"]
