"""Charts: formatted numbers of bars."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dashboard.database import charts

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 ms"), (3201, "3,201 ms"), (1 / 60, "0.02 ms"), (2559.4, "2,559 ms"), (2.5, "2.5 ms")],
)
def test_a_bar_names_its_value_in_one_format(value: float, text: str) -> None:
    chart = charts.bars("Latency", [(AT, value)], unit="ms")
    assert [(bar.value, bar.at) for bar in chart.bars] == [(text, AT)]
