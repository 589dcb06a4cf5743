"""Shares the processes of functions between tenants, so that the calls of one do not make others wait."""

from __future__ import annotations

from django.conf import settings

from engine.lazy import made_once
from features.sql.slots import Slots

_BUSY = "Your team runs as many functions as it may (FUNCTION_TEAM_PROCESSES). Send this again when one has ended."
_FULL = "Too many functions are running (FUNCTION_MAX_PROCESSES)."


@made_once
def shared_slots() -> Slots:
    """Return the slots of this process of the service."""
    return Slots(
        total=settings.FUNCTION_MAX_PROCESSES,
        each=settings.FUNCTION_TEAM_PROCESSES,
        max_wait=settings.MAX_QUEUE_SECONDS,
        busy=_BUSY,
        full=_FULL,
    )
