"""The outage of a fault: the longest time without an answer."""

from __future__ import annotations

import pytest

from tests.drill.load import Load


@pytest.mark.parametrize(
    ("answered", "seconds"),
    [([0.5, 1.0, 4.0, 4.5], 3.0), ([], 5.0), ([0.5], 4.5), ([-9.0, 1.0, 9.0], 4.0)],
)
def test_the_longest_time_without_an_answer(answered: list[float], seconds: float) -> None:
    load = Load("http://unused", "key", "database", answered=answered)
    assert load.outage(0.0, 5.0) == seconds
