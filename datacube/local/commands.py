"""The commands of the service's own processes: web server, worker, scheduler, and the migrations before them."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path

from datacube.local import paths
from datacube.local.child_process import Child

MakeChild = Callable[..., Child]


def migrations(child: MakeChild, *, link_file: Path) -> Child:
    """Migrate and make the first link in one process, because each one that loads Django costs seconds."""
    command = ["prepare", "--link-file", link_file]
    return child("migrate", [sys.executable, paths.ROOT / "manage.py", *command])


def front_end(child: MakeChild) -> Child:
    return child("assets", [sys.executable, "-m", "datacube", "assets"])


def programs(child: MakeChild, *, state: Path) -> list[Child]:
    """In the order in which they are to be stopped."""
    return [
        # SIGTERM lets the server end its workers; they end with it in any case, see wsgi.py.
        child("web", _web(), orphan_signal=signal.SIGTERM, patience=2.5),
        child("worker", _celery("worker", *_WORKER), patience=1.5),
        child("beat", _celery("beat", "--loglevel", "INFO", "--schedule", state / "beat-schedule")),
    ]


_WORKER = (
    # Of the six threads deliveries of webhooks take WEBHOOK_CONCURRENCY at most; a second worker is 110 MB.
    *("--queues", "celery,webhooks", "--pool", "threads", "--concurrency", "6", "--loglevel", "INFO"),
    *("--without-mingle", "--without-gossip"),  # they wait for other workers, and here there is one
)


def _celery(*arguments: str | Path) -> list[str | Path]:
    return [sys.executable, "-m", "celery", "--workdir", paths.ROOT, "-A", "datacube", *arguments]


def _web() -> list[str | Path]:
    return [sys.executable, "-m", "datacube.http.server"]
