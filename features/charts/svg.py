"""Draws charts as SVG with pygal: no scripts, no addresses, and an end when it takes too long."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from textwrap import wrap
from typing import Any
from xml.etree import ElementTree as ET

import pygal
from django.conf import settings

import engine
from features.charts.axes import (
    degrees_text,
    drawable,
    drawable_rows,
    layout_of,
    number_text,
    span_of,
    time_text,
)
from features.charts.definition import Drawing
from features.charts.kinds import ChartKind
from features.charts.points import places_of, position_of
from features.charts.rows import ChartRows
from features.charts.text import label_of, shortened
from features.charts.themes import STYLES, Theme

_WIDTH, _HEIGHT = 800, 450
_MAX_TITLE = 100
_MAX_SLICES = 20
_MAX_DOTS = 60
_MAX_MESSAGE, _LINE_LENGTH, _LINE_HEIGHT = 300, 64, 30
_REST, _EMPTY = "Other", "No data"
_CUT = "The first {} rows of more"
_TOO_LONG = "The chart takes more than {:g} seconds to draw (CHART_SECONDS)."
_CLASSES = {
    ChartKind.BAR: pygal.Bar,
    ChartKind.LINE: pygal.Line,
    ChartKind.AREA: pygal.Line,
    ChartKind.PIE: pygal.Pie,
    ChartKind.SCATTER: pygal.XY,
    ChartKind.MAP: pygal.XY,
}
_OF_POINTS = (ChartKind.SCATTER, ChartKind.MAP)
_NAMESPACE = "http://www.w3.org/2000/svg"
_SCRIPT = f"{{{_NAMESPACE}}}script"


def draw_svg(drawing: Drawing, rows: ChartRows, *, name: str, theme: Theme = Theme.LIGHT) -> bytes:
    """Return the drawing as an SVG document. `name` makes the ids in it unique.

    Raises `Invalid` where the rows do not fit the kind of chart, and `TimedOut` after CHART_SECONDS.
    """
    chart = _CLASSES[drawing.kind](**_options(drawing, rows, theme), value_formatter=_until(number_text))
    chart.uuid = name
    _FILLERS[drawing.kind](chart, rows)
    return _document(chart.render_tree(), title=drawing.title)


def draw_message(text: str, *, theme: Theme = Theme.LIGHT) -> bytes:
    """Return an image that says why there is no drawing."""
    size = {"viewBox": f"0 0 {_WIDTH} {_HEIGHT}", "xmlns": _NAMESPACE, "role": "img"}
    root = ET.Element("svg", {**size, "font-family": STYLES[theme].font_family, "font-size": "20"})
    lines = wrap(shortened(text, length=_MAX_MESSAGE), _LINE_LENGTH)
    for index, line in enumerate(lines):
        y = str(_HEIGHT // 2 + _LINE_HEIGHT * index - _LINE_HEIGHT * (len(lines) - 1) // 2)
        attributes = {"x": str(_WIDTH // 2), "y": y, "text-anchor": "middle", "fill": STYLES[theme].foreground}
        ET.SubElement(root, "text", attributes).text = line
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _options(drawing: Drawing, rows: ChartRows, theme: Theme) -> dict[str, Any]:
    return {
        "width": _WIDTH,
        "height": _HEIGHT,
        "style": STYLES[theme],
        "title": shortened(drawing.title, length=_MAX_TITLE) or None,
        "x_title": _CUT.format(len(rows.rows)) if rows.is_cut else None,
        "x_label_rotation": drawing.label_rotation % 360,
        "fill": drawing.kind is ChartKind.AREA,
        "stroke": drawing.kind not in _OF_POINTS,
        "dots_size": 3,
        "show_dots": drawing.kind in _OF_POINTS or len(rows.rows) <= _MAX_DOTS,
        "show_legend": drawing.kind is ChartKind.PIE or (drawing.kind is not ChartKind.MAP and len(rows.names) > 2),
        "legend_at_bottom": drawing.kind is not ChartKind.PIE,
        "truncate_legend": -1,
        "truncate_label": -1,
        "no_data_text": _EMPTY,
        "js": (),
        "spacing": 12,
    }


def _until(format: Callable[[float], str]) -> Callable[[float], str]:
    """Return a formatter, which pygal calls for each value, that raises `TimedOut` after CHART_SECONDS."""
    seconds = settings.CHART_SECONDS
    ends_at = time.monotonic() + seconds

    def formatted(value: float) -> str:
        if time.monotonic() > ends_at:
            raise engine.TimedOut(_TOO_LONG.format(seconds), retry_after=None)
        return format(value)

    return formatted


def _fill_axes(chart: Any, rows: ChartRows) -> None:
    chart.x_labels = [label_of(row[0]) for row in rows.rows]
    layout = layout_of(chart.x_labels, rotation=chart.config.x_label_rotation)
    chart.x_label_rotation, chart.truncate_label = layout.rotation, layout.max_length
    if layout.every > 1:
        chart.x_labels_major_every, chart.show_minor_x_labels = layout.every, False
    values = drawable_rows([row[1:] for row in rows.rows])
    for index, name in enumerate(rows.names[1:]):
        chart.add(label_of(name), [row[index] for row in values])


def _fill_pie(chart: Any, rows: ChartRows) -> None:
    values = drawable(row[1] if len(row) > 1 else None for row in rows.rows)
    slices = [
        (label_of(row[0]), value) for row, value in zip(rows.rows, values, strict=True) if value and value > 0
    ]
    if len(slices) > _MAX_SLICES:
        slices.sort(key=lambda item: -item[1])
        rest = sum(value for _, value in slices[_MAX_SLICES - 1 :])
        slices = [*slices[: _MAX_SLICES - 1], (_REST, rest)]
    for label, value in slices:
        chart.add(f"{label} ({number_text(value)})", value)


def _fill_scatter(chart: Any, rows: ChartRows) -> None:
    has_times = all(isinstance(row[0], str) for row in rows.rows)
    chart.x_value_formatter = time_text if has_times else number_text
    places = drawable(position_of(row[0]) for row in rows.rows)
    values = drawable_rows([row[1:] for row in rows.rows])
    chart.xrange, chart.range = span_of(places), span_of(cell for row in values for cell in row)
    for index, name in enumerate(rows.names[1:]):
        points = [(x, row[index]) for x, row in zip(places, values, strict=True)]
        chart.add(label_of(name), [point for point in points if None not in point])


def _fill_map(chart: Any, rows: ChartRows) -> None:
    chart.x_value_formatter = partial(degrees_text, positive="E", negative="W")
    chart.value_formatter = _until(partial(degrees_text, positive="N", negative="S"))
    chart.show_x_guides = True
    places = places_of(rows)
    longitudes, latitudes = drawable(x for x, _ in places), drawable(y for _, y in places)
    chart.xrange, chart.range = span_of(longitudes), span_of(latitudes)
    chart.add("", [*zip(longitudes, latitudes, strict=True)])


_FILLERS = {
    ChartKind.BAR: _fill_axes,
    ChartKind.LINE: _fill_axes,
    ChartKind.AREA: _fill_axes,
    ChartKind.PIE: _fill_pie,
    ChartKind.SCATTER: _fill_scatter,
    ChartKind.MAP: _fill_map,
}


def _document(root: ET.Element, *, title: str) -> bytes:
    """Return a drawing without the scripts that pygal adds, with what screen readers read."""
    for parent in root.iter():
        for child in [item for item in parent if item.tag in (_SCRIPT, "script") or callable(item.tag)]:
            parent.remove(child)
    for style in root.iter("style"):  # not all programs that draw SVG know this selector
        style.text = (style.text or "").replace(":not(.web)", "")
    root.set("role", "img")
    root.set("aria-label", shortened(title, length=_MAX_TITLE) or _EMPTY)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)
