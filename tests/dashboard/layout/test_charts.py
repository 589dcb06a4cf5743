"""Charts: formatted numbers of bars."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dashboard.layout import charts

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 ms"), (3201, "3,201 ms"), (1 / 60, "0.02 ms"), (2559.4, "2,559 ms"), (2.5, "2.5 ms")],
)
def test_a_bar_names_its_value_in_one_format(value: float, text: str) -> None:
    chart = charts.bars("Latency", [(AT, value)], unit="ms")
    assert [(bar.value, bar.at) for bar in chart.bars] == [(text, AT)]


def test_zeros_have_no_bar_and_small_values_have_one() -> None:
    chart = charts.bars("Errors", [(AT, 0), (AT, 1), (AT, 100_000)])
    assert ([bar.height for bar in chart.bars], chart.empty) == ([0.0, 1.5, charts.HEIGHT], False)
    assert charts.bars("Errors", [(AT, 0), (AT, 0)]).empty
