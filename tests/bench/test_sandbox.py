"""The latency of calls as a row of Markdown."""

from __future__ import annotations

import pytest

from bench import sandbox

pytestmark = pytest.mark.unit


def test_the_latency_of_calls() -> None:
    calls: list[int] = []
    row = sandbox._quantiles("nothing", lambda: calls.append(1), count=20, pause=0)
    assert (len(calls), row.count("|")) == (23, 5)
    assert row.startswith("| nothing | 0 |")
