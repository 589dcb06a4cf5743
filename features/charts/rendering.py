"""Draws a stored chart for a caller, with the rows that the caller may read."""

from __future__ import annotations

from typing import Any

import engine
from accounts.principal import Principal
from catalog.services.access import open_database
from features.charts.definition import Drawing
from features.charts.rows import ChartRows, RunSelect, read_rows
from features.charts.services import read_chart
from features.charts.svg import draw_svg
from features.charts.themes import Theme
from features.charts.vega import vega_lite


def svg_of(
    principal: Principal,
    database_id: str,
    chart_id: str,
    *,
    theme: Theme = Theme.LIGHT,
    run_select: RunSelect | None = None,
) -> bytes:
    """Return a chart as SVG. Raises `NotFound`, `Invalid` where it cannot be drawn, and `TimedOut`."""
    drawing, rows = _read(principal, database_id, chart_id, run_select)
    return draw_svg(drawing, rows, name=chart_id, theme=theme)


def specification_of(
    principal: Principal, database_id: str, chart_id: str, *, run_select: RunSelect | None = None
) -> dict[str, Any]:
    """Return a chart as a Vega-Lite specification with its rows. Raises as `svg_of` does."""
    return vega_lite(*_read(principal, database_id, chart_id, run_select))


def _read(
    principal: Principal, database_id: str, chart_id: str, run_select: RunSelect | None
) -> tuple[Drawing, ChartRows]:
    drawing = Drawing.of(read_chart(principal, database_id, chart_id).definition)
    database = open_database(principal, database_id, collection=drawing.table or None)
    database.require(engine.Action.READ)
    return drawing, read_rows(database, drawing, run_select=run_select)
