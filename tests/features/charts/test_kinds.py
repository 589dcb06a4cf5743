"""The kinds of charts by their published names."""

from __future__ import annotations

import pytest

import engine
from features.charts.kinds import ChartKind, kind_of


@pytest.mark.parametrize(
    ("name", "kind"),
    [("BarChart", "bar"), ("bar", "bar"), ("LINECHART", "line"), ("ScatterPlot", "scatter"), ("MapChart", "map")],
)
def test_kinds(name: str, kind: str) -> None:
    assert kind_of(name) is ChartKind(kind)


def test_other_kinds_are_errors() -> None:
    with pytest.raises(engine.Invalid) as raised:
        kind_of("Sunburst")
    assert [(item.field, item.message) for item in raised.value.errors] == [
        (
            "chartType",
            "Charts of the type 'Sunburst' are not drawn. These are: BarChart, LineChart, AreaChart, PieChart, "
            "ScatterChart, MapChart.",
        )
    ]
