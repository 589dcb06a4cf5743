"""Forms of charts and of dashboards."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

import engine
from dashboard.layout.forms import Form, OneLineField
from features.charts.definition import AGGREGATES
from features.charts.kinds import KINDS
from features.charts.services import StoredChart
from web.requests.body import json_text

_MAX_TITLE = 200
_MAX_NAME = 100
_MAX_ROTATION = 360
_NAMES = "Separated by commas. Empty: the number of documents, or all columns of a statement."
_COLLECTION, _SQL = "collection", "sql"


class ChartForm(Form):
    """A chart of a collection or of an SQL statement; fields of the source that is not chosen have no effect."""

    title = OneLineField(label="Title", max_length=_MAX_TITLE)
    chart_type = forms.ChoiceField(
        label="Type", choices=[(name, name.removesuffix("Chart")) for name in KINDS], initial=KINDS[0]
    )
    source = forms.ChoiceField(
        label="Rows of",
        choices=[(_COLLECTION, "A collection"), (_SQL, "An SQL statement")],
        initial=_COLLECTION,
        required=False,
        widget=forms.RadioSelect,
    )
    table = forms.ChoiceField(label="Collection")
    sql = forms.CharField(
        label="Statement",
        help_text="One SELECT. Its first column is the x axis, unless another one is named.",
        widget=forms.Textarea({"rows": 6, "class": "font-mono text-sm w-full", "spellcheck": "false"}),
    )
    first = OneLineField(label="Field of the x axis", max_length=_MAX_NAME, required=False)
    others = OneLineField(label="Fields of the values", max_length=2_000, required=False, help_text=_NAMES)
    aggregate = forms.ChoiceField(
        label="Aggregate",
        choices=[("", "none"), *((name, name) for name in AGGREGATES)],
        required=False,
        help_text="Combines the documents that have the same x. With none, each document is drawn.",
    )
    filter = forms.CharField(
        label="Filter",
        required=False,
        help_text='JSON, such as {"year": {"$gt": 2000}}.',
        widget=forms.Textarea({"rows": 2, "class": "font-mono text-sm w-full", "spellcheck": "false"}),
    )
    label_rotation = forms.IntegerField(
        label="Rotation of labels", min_value=-_MAX_ROTATION, max_value=_MAX_ROTATION, initial=0, required=False
    )
    hide_null_values = forms.BooleanField(label="Hide documents without values", required=False)

    def __init__(self, *arguments: Any, collections: Sequence[str], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.set_choices("table", [(name, name) for name in collections])
        if self.is_bound:
            is_sql = self.data.get("source") == _SQL
            self.fields["table"].required, self.fields["sql"].required = not is_sql, is_sql

    @classmethod
    def of(cls, chart: StoredChart, *, collections: Sequence[str]) -> ChartForm:
        """Return the form of a stored chart."""
        stored = chart.definition
        names: list[str] = stored.get("headers") or []
        initial = {
            "title": stored.get("title", ""),
            "chart_type": stored.get("chartType", ""),
            "source": _SQL if stored.get("sql") else _COLLECTION,
            "table": stored.get("table") or "",
            "sql": stored.get("sql") or "",
            "first": names[0] if names else "",
            "others": ", ".join(names[1:]),
            "aggregate": stored.get("aggregate") or "",
            "filter": json.dumps(stored["filter"], ensure_ascii=False) if stored.get("filter") else "",
            "label_rotation": stored.get("labelRotation", 0),
            "hide_null_values": stored.get("hideNullValues", False),
        }
        return cls(initial=initial, collections=collections)

    def clean_filter(self) -> dict[str, Any] | None:
        """Return the filter as an object, None without one."""
        text = self.cleaned_data["filter"].strip()
        if not text or self.cleaned_data.get("source") == _SQL:
            return None
        try:
            value = json_text("filter", text)
        except engine.Invalid as error:
            raise forms.ValidationError(str(error.message)) from error
        if type(value) is not dict:
            raise forms.ValidationError("Must be a JSON object.")
        return value

    @property
    def definition(self) -> dict[str, Any]:
        """The members of the chart, as its dialect names them."""
        data: Mapping[str, Any] = self.cleaned_data
        names, is_sql = [data["first"], *data["others"].split(",")], data["source"] == _SQL
        return {
            "chartType": data["chart_type"],
            "headers": [name.strip() for name in names if name.strip()],
            "hideNullValues": data["hide_null_values"],
            "labelRotation": data["label_rotation"] or 0,
            "table": None if is_sql else data["table"],
            "title": data["title"],
            "filter": data["filter"],
            "aggregate": None if is_sql else data["aggregate"] or None,
            "sql": data["sql"] if is_sql else None,
        }


class DashboardForm(Form):
    """A dashboard: its title, and its charts."""

    title = OneLineField(label="Title", max_length=_MAX_TITLE)
    charts = forms.MultipleChoiceField(label="Charts", widget=forms.CheckboxSelectMultiple, required=False)

    def __init__(self, *arguments: Any, charts: Sequence[StoredChart], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.set_choices("charts", [(chart.id, chart.definition.get("title") or "Untitled") for chart in charts])
