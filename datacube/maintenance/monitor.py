"""Reads in each process, every second, whether writes are refused: no request waits for this."""

from __future__ import annotations

import logging
import shutil
import time
from pathlib import Path
from threading import Thread

from django.conf import settings
from django.db import DatabaseError, close_old_connections

import engine
import features.environment.services
from catalog.services.stores import clusters
from datacube.maintenance import state
from datacube.maintenance.state import ServiceState

log = logging.getLogger("datacube.maintenance")
SECONDS = 1.0
_DISK_EVERY = 5


def start() -> None:
    """Watch for as long as this process lives, in a thread of its own."""
    Thread(target=_run, name="maintenance", daemon=True).start()


def _run() -> None:
    free: int | None = None
    turn = 0
    while True:
        try:
            free = free_bytes() if turn % _DISK_EVERY == 0 else free
            refresh(free=free)
        except Exception:
            log.exception("whether writes are refused was not read")
        turn += 1
        time.sleep(SECONDS)


def refresh(*, free: int | None) -> None:
    """Read the state of the installation and apply it. While the platform database is away, the last one stays."""
    try:
        close_old_connections()
        message = features.environment.services.maintenance()
    except DatabaseError:
        return
    is_full = free is not None and free < settings.MIN_FREE_BYTES
    following = ServiceState(in_maintenance=message is not None, message=message or "", is_full=is_full)
    if following != state.current:
        log.warning("this process refuses as of now: %s", following)
        state.apply(following)


def free_bytes() -> int | None:
    """Return the free space of the fullest disk: of the clusters in use, or of imports; None if none is known."""
    known = [*map(_documents, clusters.stores_in_use()), _spool()]
    return min((free for free in known if free is not None), default=None)


def _documents(store: engine.Store) -> int | None:
    try:
        return store.server().free_bytes
    except engine.Error:
        return None  # it is away, which requests find out by themselves


def _spool() -> int | None:
    path = Path(settings.SPOOL)
    existing = next((parent for parent in (path, *path.parents) if parent.exists()), None)
    return None if existing is None else shutil.disk_usage(existing).free
