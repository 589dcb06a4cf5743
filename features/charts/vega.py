"""Charts as Vega-Lite specifications with their rows in them, for programs that draw in a browser or a notebook."""

from __future__ import annotations

from typing import Any

from features.charts.definition import Drawing
from features.charts.kinds import ChartKind
from features.charts.points import places_of
from features.charts.rows import ChartRows

_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
_MARKS = {
    ChartKind.BAR: "bar",
    ChartKind.LINE: "line",
    ChartKind.AREA: "area",
    ChartKind.PIE: "arc",
    ChartKind.SCATTER: "point",
    ChartKind.MAP: "circle",
}
# Names of columns may have characters that mean something in Vega: the rows name their cells themselves.
_X, _Y, _SERIES = "x", "y", "series"


def vega_lite(drawing: Drawing, rows: ChartRows) -> dict[str, Any]:
    """Return `{$schema, title, data, mark, encoding, …}`. `usermeta.truncated` says that there are more rows."""
    is_map = drawing.kind is ChartKind.MAP
    values = _places(rows) if is_map else _values(rows)
    return {
        "$schema": _SCHEMA,
        "title": drawing.title,
        "data": {"values": values},
        "mark": {"type": _MARKS[drawing.kind], "tooltip": True},
        **({"projection": {"type": "equirectangular"}} if is_map else {}),
        "encoding": _encoding(drawing, rows),
        "usermeta": {"names": [*rows.names], "truncated": rows.is_cut},
    }


def _values(rows: ChartRows) -> list[dict[str, Any]]:
    """Return an object for each value of a row, with the name of its column."""
    return [
        {_X: row[0], _Y: value, _SERIES: name}
        for row in rows.rows
        for name, value in zip(rows.names[1:], row[1:], strict=True)
    ]


def _places(rows: ChartRows) -> list[dict[str, Any]]:
    return [{"longitude": x, "latitude": y} for x, y in places_of(rows)]


def _encoding(drawing: Drawing, rows: ChartRows) -> dict[str, Any]:
    if drawing.kind is ChartKind.MAP:
        return {name: {"field": name, "type": "quantitative"} for name in ("longitude", "latitude")}
    first, *others = rows.names or ("",)
    y = {"field": _Y, "type": "quantitative", "title": others[0] if len(others) == 1 else None}
    if drawing.kind is ChartKind.PIE:
        return {"theta": y, "color": {"field": _X, "type": "nominal", "title": first}}
    x: dict[str, Any] = {"field": _X, "type": _type_of(drawing, rows), "title": first}
    if drawing.label_rotation:
        x["axis"] = {"labelAngle": drawing.label_rotation}
    color = {"color": {"field": _SERIES, "type": "nominal", "title": None}} if len(others) > 1 else {}
    offset = {"xOffset": {"field": _SERIES}} if drawing.kind is ChartKind.BAR and color else {}
    return {"x": x, "y": y, **color, **offset}


def _type_of(drawing: Drawing, rows: ChartRows) -> str:
    """Return how the x axis is read: as numbers in a scatter chart, else as names in the order of the rows."""
    is_text = any(isinstance(row[0], str) for row in rows.rows)
    if drawing.kind is ChartKind.SCATTER:
        return "temporal" if is_text else "quantitative"
    return "ordinal"
