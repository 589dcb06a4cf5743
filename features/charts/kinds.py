"""The kinds of charts that are drawn, by the published names of their types."""

from __future__ import annotations

from enum import StrEnum

import engine

_SUFFIXES = ("chart", "plot")


class ChartKind(StrEnum):
    """What is drawn for the rows of a chart."""

    BAR = "bar"
    LINE = "line"
    AREA = "area"
    PIE = "pie"
    SCATTER = "scatter"
    MAP = "map"


KINDS = tuple(f"{kind.title()}Chart" for kind in ChartKind)


def kind_of(chart_type: str) -> ChartKind:
    """Return the kind of a type such as `BarChart`, `bar` or `ScatterPlot`. Raises `Invalid`."""
    name = chart_type.lower()
    for suffix in _SUFFIXES:
        name = name.removesuffix(suffix)
    try:
        return ChartKind(name)
    except ValueError as error:
        text = f"Charts of the type {chart_type!r} are not drawn. These are: {', '.join(KINDS)}."
        raise engine.Invalid.of_field("chartType", text) from error
