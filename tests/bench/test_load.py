"""Waiting for a target that works on."""

from __future__ import annotations

import os

import pytest

from bench import load


@pytest.mark.slow
def test_a_busy_target_is_waited_for() -> None:
    with pytest.raises(load.Failed, match=r"still busy after 0\.5 s"):
        load.wait_until_idle(lambda: [os.getpid()], share=0, seconds=0.5)


def test_a_target_that_has_ended_is_idle() -> None:
    load.wait_until_idle(lambda: [2**30])
