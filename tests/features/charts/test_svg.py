"""Drawings: valid SVG without scripts for any cells, in the theme, ended when they take too long."""

from __future__ import annotations

import json
import random
from typing import Any
from xml.etree import ElementTree as ET

import pytest

import engine
from features.charts.definition import Drawing
from features.charts.kinds import ChartKind
from features.charts.rows import ChartRows
from features.charts.svg import draw_message, draw_svg
from features.charts.themes import Theme
from features.charts.vega import vega_lite

NUMBERS = [1e308, -1e308, 5e-324, 0, -0.0, 1, None, 1e15, 10**30, "x", True, -5, 3.3, 1e-7]
LABELS = [
    "a",
    None,
    "\x00\x0b<b onload='x'>&",
    "é" * 200,
    1,
    2.5,
    {"a": 1},
    [1],
    "2020-01-01",
    "9999-12-31T23:59:59Z",
]
POINTS = [{"type": "Point", "coordinates": [1, 2]}, [1, 2], [1], {"coordinates": "x"}]
SALES = ChartRows(("month", "sales", "costs"), [("2024-01", 3, 1), ("2024-02", None, 2)])


def drawing(kind: ChartKind, **members: Any) -> Drawing:
    return Drawing(kind, members.pop("title", "Sales"), (), "t", **members)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ChartKind)
def test_any_cells_are_drawn(kind: ChartKind) -> None:
    chance = random.Random(kind)
    for number in range(25):
        width = chance.choice([1, 2, 4])
        first = LABELS if kind not in (ChartKind.SCATTER, ChartKind.MAP) else LABELS + NUMBERS + POINTS
        rows = [
            (chance.choice(first), *(chance.choice(NUMBERS) for _ in range(width - 1)))
            for _ in range(chance.choice([0, 1, 2, 30]))
        ]
        table = ChartRows(tuple("x<&\x00"[:width]), rows, is_cut=number % 2 == 0)
        chart = drawing(kind, title=chance.choice(["", "\x01<x>" * 50]), label_rotation=chance.randint(-360, 360))
        content = draw_svg(chart, table, name="c", theme=chance.choice([*Theme]))
        root = ET.fromstring(content)
        assert root.tag.endswith("svg")
        assert not [item for item in root.iter() if item.tag.endswith("script")]
        assert b"http" not in content.replace(b"http://www.w3.org/", b"")
        json.dumps(vega_lite(chart, table), allow_nan=False)


def test_a_drawing_has_its_labels_and_says_that_rows_are_missing() -> None:
    cut = ChartRows(SALES.names, SALES.rows, is_cut=True)
    text = draw_svg(drawing(ChartKind.BAR), cut, name="c").decode()
    for label in ("Sales", "2024-01", "sales", "costs", "The first 2 rows of more"):
        assert label in text
    assert "more" not in draw_svg(drawing(ChartKind.BAR), SALES, name="c").decode()
    assert draw_svg(drawing(ChartKind.BAR), SALES, name="c") == draw_svg(drawing(ChartKind.BAR), SALES, name="c")
    dark = draw_svg(drawing(ChartKind.BAR), SALES, name="c", theme=Theme.DARK).decode()
    assert "#e5e8ee" in dark and "#e5e8ee" not in text


def test_small_slices_of_a_pie_are_one() -> None:
    rows = ChartRows(("x", "y"), [(f"name {number}", number) for number in range(30)])
    text = draw_svg(drawing(ChartKind.PIE), rows, name="c").decode()
    assert "name 29 (29)" in text and "Other (55)" in text and "name 3 " not in text


def test_a_message_is_an_image() -> None:
    text = "No such <column>\x00. " * 20
    root = ET.fromstring(draw_message(text, theme=Theme.DARK))
    lines = [item.text or "" for item in root]
    assert (lines[0], len(lines), lines[-1][-1]) == ("No such <column>\ufffd. " * 3 + "No such", 5, "…")


def test_a_drawing_that_takes_too_long_is_ended(settings: Any) -> None:
    settings.CHART_SECONDS = -1.0
    with pytest.raises(engine.TimedOut, match="CHART_SECONDS"):
        draw_svg(drawing(ChartKind.LINE), SALES, name="c")
