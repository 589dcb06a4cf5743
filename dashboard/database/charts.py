"""Charts as shapes for SVG: computed here, drawn by templates, without a script."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

SPARK_WIDTH, SPARK_HEIGHT = 120, 28
WIDTH, HEIGHT = 600, 140


@dataclass(frozen=True)
class Bar:
    """A rectangle, and what it says where the pointer rests on it: a value at a time."""

    x: float
    y: float
    width: float
    height: float
    value: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Chart:
    """Bars of values over time, with their scale; `top` is the value at the upper edge."""

    title: str
    bars: list[Bar]
    top: float
    unit: str
    first: datetime
    last: datetime
    width: int = WIDTH
    height: int = HEIGHT


def spark(values: Sequence[int]) -> list[Bar]:
    """A bar for each value, the largest as high as there is room."""
    most = max([*values, 1])
    step = SPARK_WIDTH / max(len(values), 1)
    return [_bar(index, value / most, step=step, height=SPARK_HEIGHT) for index, value in enumerate(values)]


def bars(title: str, points: Sequence[tuple[datetime, float]], *, unit: str = "") -> Chart:
    """`points` are (time, value), the oldest first."""
    top = _round_up(max((value for _, value in points), default=0))
    step = WIDTH / max(len(points), 1)
    shapes = [
        replace(_bar(index, value / top, step=step, height=HEIGHT), value=f"{_figure(value)} {unit}".strip(), at=at)
        for index, (at, value) in enumerate(points)
    ]
    return Chart(title, shapes, top, unit, points[0][0], points[-1][0])


def _figure(value: float) -> str:
    """A number for people: whole ones with commas, others with at most two decimals."""
    return f"{value:,.0f}" if value == int(value) or value >= 1_000 else f"{value:.2f}".rstrip("0").rstrip(".")


def _bar(index: int, share: float, *, step: float, height: int) -> Bar:
    # What is not nothing can be seen.
    tall = max(share * height, 1.5) if share else 0.5
    return Bar(round(index * step, 2), round(height - tall, 2), round(step * 0.75, 2), round(tall, 2))


def _round_up(value: float) -> float:
    """To 1, 2 or 5 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value)
