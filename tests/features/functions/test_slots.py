"""Slots of functions: one tenant's calls leave room for others."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from features.functions.slots import shared_slots


def test_a_team_does_not_take_all(settings: Any) -> None:
    settings.FUNCTION_MAX_PROCESSES, settings.FUNCTION_TEAM_PROCESSES, settings.MAX_QUEUE_SECONDS = 3, 2, 0.01
    slots = shared_slots.__wrapped__()
    with slots.of("a"), slots.of("a"):
        with pytest.raises(engine.LimitExceeded, match="FUNCTION_TEAM_PROCESSES"), slots.of("a"):
            pass
        with slots.of("b"), pytest.raises(engine.Unavailable, match="FUNCTION_MAX_PROCESSES"), slots.of("c"):
            pass
