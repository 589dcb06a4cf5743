"""The form of a chart and its stored members."""

from __future__ import annotations

from dashboard.charts.forms import ChartForm, DashboardForm
from features.charts.services import StoredChart


def test_a_stored_chart_is_the_same_after_its_form() -> None:
    definition = {
        "chartType": "LineChart",
        "headers": ["year", "sales", "costs"],
        "hideNullValues": True,
        "labelRotation": 30,
        "table": "orders",
        "title": "Sales",
        "filter": {"year": {"$gt": 2000}},
        "aggregate": "sum",
    }
    initial = ChartForm.of(StoredChart("a", definition), collections=["orders"]).initial
    form = ChartForm(initial, collections=["orders"])
    assert form.is_valid(), form.errors
    assert form.definition == definition
    assert ChartForm.of(StoredChart("a", {}), collections=[]).initial["first"] == ""


def test_charts_of_a_dashboard() -> None:
    charts = [StoredChart("a", {"title": "A"}), StoredChart("b", {})]
    form = DashboardForm({"title": "x", "charts": ["b"]}, charts=charts)
    assert form.is_valid()
    assert form.cleaned_data == {"title": "x", "charts": ["b"]}
    assert form["charts"].field.choices == [("a", "A"), ("b", "Untitled")]
