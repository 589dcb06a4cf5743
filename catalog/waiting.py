"""Waits of requests, during which the server may lend the waiting request's place to another one."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from threading import local

from engine.suspension import in_thread

_thread = local()


def on_wait(lend_place: Callable[[], AbstractContextManager[None]]) -> None:
    """Set what surrounds each later wait of this thread."""
    _thread.lend_place = lend_place


def wait(seconds: float) -> None:
    """Wait, without a place among the request threads where the server lends it to other requests."""
    in_thread(partial(_wait, seconds))


def _wait(seconds: float) -> None:
    lend_place = getattr(_thread, "lend_place", None)
    if lend_place is None:
        time.sleep(seconds)
        return
    with lend_place():
        time.sleep(seconds)
