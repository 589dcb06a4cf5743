"""The table of two checkouts."""

from __future__ import annotations

from bench.before import table
from bench.load import Measurement


def sample(rate: float) -> Measurement:
    return Measurement(rate, 1.0, 10.0, 1e6 / rate)


def test_the_ratio_is_the_median_of_the_rounds() -> None:
    before, now = [sample(rate) for rate in (1000, 2000, 4000)], [sample(rate) for rate in (3000, 3000, 4000)]
    lines = table({("read", 32): [before, now]}).splitlines()
    assert lines[2] == "| read by id | 32 | 2,000 | 3,000 | 1.50 | 10.0 | 10.0 | 500 | 333 |"
