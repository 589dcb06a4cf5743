"""Slots of statements."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

import engine
from features.sql.slots import Slots


def test_each_tenant_has_one() -> None:
    slots = Slots(total=2, max_wait=0.01)
    with slots.of("a"), slots.of("b"):
        with pytest.raises(engine.LimitExceeded, match="Another statement of your team"), slots.of("a"):
            pass
        with pytest.raises(engine.Unavailable, match="SQL_MAX_PROCESSES"), slots.of("c"):
            pass
    with slots.of("a"), slots.of("c"):
        pass


def test_some_wait_for_longer() -> None:
    slots = Slots(total=1, max_wait=0.0)
    with ThreadPoolExecutor(1) as threads, slots.of("a"):
        with pytest.raises(engine.LimitExceeded), slots.of("a"):
            pass
        waiting = threads.submit(_hold, slots)
    assert waiting.result() == "held"


def _hold(slots: Slots) -> str:
    with slots.of("a", max_wait=60):
        return "held"


def test_each_tenant_has_several() -> None:
    slots = Slots(total=3, each=2, max_wait=0.01, busy="busy", full="full")
    with slots.of("a"), slots.of("a"), slots.of("b"):
        with pytest.raises(engine.LimitExceeded, match="busy"), slots.of("a"):
            pass
        with pytest.raises(engine.Unavailable, match="full"), slots.of("b"):
            pass
    with slots.of("a"), slots.of("a"):
        pass
