"""Charts as specifications of Vega-Lite."""

from __future__ import annotations

from features.charts.definition import Drawing
from features.charts.kinds import ChartKind
from features.charts.rows import ChartRows
from features.charts.vega import vega_lite

SALES = ChartRows(("month", "sales", "costs"), [("2024-01", 3, 1), ("2024-02", None, 2)])


def test_bars_of_several_columns() -> None:
    drawing = Drawing(ChartKind.BAR, "Sales", (), "t", label_rotation=30)
    assert vega_lite(drawing, SALES) == {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": "Sales",
        "data": {
            "values": [
                {"x": "2024-01", "y": 3, "series": "sales"},
                {"x": "2024-01", "y": 1, "series": "costs"},
                {"x": "2024-02", "y": None, "series": "sales"},
                {"x": "2024-02", "y": 2, "series": "costs"},
            ]
        },
        "mark": {"type": "bar", "tooltip": True},
        "encoding": {
            "x": {"field": "x", "type": "ordinal", "title": "month", "axis": {"labelAngle": 30}},
            "y": {"field": "y", "type": "quantitative", "title": None},
            "color": {"field": "series", "type": "nominal", "title": None},
            "xOffset": {"field": "series"},
        },
        "usermeta": {"names": ["month", "sales", "costs"], "truncated": False},
    }


def test_pies_maps_and_scatter_charts() -> None:
    pie = vega_lite(Drawing(ChartKind.PIE, "", (), "t"), ChartRows(("a", "n"), [("x", 1)], is_cut=True))
    assert pie["encoding"] == {
        "theta": {"field": "y", "type": "quantitative", "title": "n"},
        "color": {"field": "x", "type": "nominal", "title": "a"},
    }
    assert pie["usermeta"]["truncated"] is True
    places = vega_lite(Drawing(ChartKind.MAP, "", (), "t"), ChartRows(("x", "y"), [(5, 52), (999, 0), (None, 1)]))
    assert places["data"] == {"values": [{"longitude": 5.0, "latitude": 52.0}]}
    assert places["projection"] == {"type": "equirectangular"}
    times = ChartRows(("x", "y"), [("2024-01-01", 1)])
    for rows, expected in ((times, "temporal"), (ChartRows(("x", "y"), [(1, 1)]), "quantitative")):
        encoding = vega_lite(Drawing(ChartKind.SCATTER, "", (), "t"), rows)["encoding"]
        assert encoding["x"]["type"] == expected
