"""Labels of x axes: what is drawn of them fits beside each other."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from features.charts.axes import LabelLayout, layout_of
from features.charts.definition import Drawing
from features.charts.kinds import ChartKind
from features.charts.rows import ChartRows
from features.charts.svg import draw_svg

CASES = {
    "few short": (["a", "b"], 0, LabelLayout(0)),
    "none": ([], 0, LabelLayout(0)),
    "few long": (["x" * 60] * 12, 0, LabelLayout(45, 22)),
    "many short": (["199"] * 200, 0, LabelLayout(0, every=10)),
    "many long": (["x" * 60] * 200, 0, LabelLayout(45, 22, 6)),
    "as asked": (["a"] * 10, 90, LabelLayout(90, 22)),
    "many as asked": (["a"] * 200, 270, LabelLayout(270, 22, 6)),
}


@pytest.mark.parametrize("name", CASES)
def test_layouts(name: str) -> None:
    labels, rotation, layout = CASES[name]
    assert layout_of(labels, rotation=rotation) == layout


def drawn(rows: list[tuple[str, int]], kind: ChartKind) -> list[tuple[float, str, bool]]:
    """Return the place of each visible label of the x axis, its text, and whether it is rotated."""
    chart = ChartRows(("x", "y"), rows)
    root = ET.fromstring(draw_svg(Drawing(kind, "Many", (), "t"), chart, name="c"))
    axis = next(item for item in root.iter() if item.get("class", "").strip() == "axis x")
    return [
        (float(item.get("x", "0")), re.sub(r"\s+", " ", item.text or ""), "rotate" in item.get("transform", ""))
        for item in axis.iter()
        if item.tag.endswith("}text") or item.tag == "text"
    ]


@pytest.mark.parametrize("kind", [ChartKind.BAR, ChartKind.LINE, ChartKind.AREA])
@pytest.mark.parametrize("pattern", ["{}", "2020-01-{:02}", "Weather station of the region {}"])
@pytest.mark.parametrize("count", [3, 12, 50, 200, pytest.param(1_000, marks=pytest.mark.slow)])
def test_no_label_meets_the_next(kind: ChartKind, pattern: str, count: int) -> None:
    labels = drawn([(pattern.format(number), number) for number in range(count)], kind)
    assert len(labels) >= min(count, 8)
    for (x, text, is_rotated), (after, _, _) in pairwise(labels):
        assert after - x >= (12 if is_rotated else len(text) * 6)


def test_shortened_labels_have_their_whole_text() -> None:
    label = "A long label for the first value"
    chart = ChartRows(("x", "y"), [(f"{label} {number}", number) for number in range(12)])
    text = draw_svg(Drawing(ChartKind.BAR, "Long", (), "t"), chart, name="c").decode()
    assert f"{label[:21]}…" in text
    assert f">{label} 7<" in text
