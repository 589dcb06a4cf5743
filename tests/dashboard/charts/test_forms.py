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
        "sql": None,
    }
    initial = ChartForm.of(StoredChart("a", definition), collections=["orders"]).initial
    form = ChartForm(initial, collections=["orders"])
    assert form.is_valid(), form.errors
    assert form.definition == definition
    assert ChartForm.of(StoredChart("a", {}), collections=[]).initial["first"] == ""


def test_a_chart_of_sql_has_neither_collection_nor_filter() -> None:
    stored = {"chartType": "PieChart", "headers": [], "title": "x", "sql": "SELECT a,\n b FROM t"}
    initial = ChartForm.of(StoredChart("a", stored), collections=["orders"]).initial
    form = ChartForm(
        {**initial, "table": "orders", "filter": "no JSON", "aggregate": "sum"}, collections=["orders"]
    )
    assert form.is_valid(), form.errors
    none = dict.fromkeys(("table", "filter", "aggregate"))
    assert form.definition == {**stored, **none, "hideNullValues": False, "labelRotation": 0}


def test_the_chosen_source_is_required() -> None:
    data = {"title": "x", "chart_type": "BarChart"}
    for source, field in (("sql", "sql"), ("collection", "table"), ("", "table")):
        form = ChartForm({**data, "source": source}, collections=["orders"])
        assert [*form.errors] == [field], source


def test_charts_of_a_dashboard() -> None:
    charts = [StoredChart("a", {"title": "A"}), StoredChart("b", {})]
    form = DashboardForm({"title": "x", "charts": ["b"]}, charts=charts)
    assert form.is_valid()
    assert form.cleaned_data == {"title": "x", "charts": ["b"]}
    assert form["charts"].field.choices == [("a", "A"), ("b", "Untitled")]
