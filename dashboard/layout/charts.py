"""Chart shapes for SVG, computed on the server and drawn by templates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

SPARK_WIDTH, SPARK_HEIGHT = 120, 28
WIDTH, HEIGHT = 600, 140


@dataclass(frozen=True)
class Bar:
    """A rectangle with its tooltip: a value at a time."""

    x: float
    y: float
    width: float
    height: float
    value: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Chart:
    """Bars of values over time, with their scale. `top` is the value at the upper edge."""

    title: str
    bars: list[Bar]
    top: float
    unit: str
    first: datetime
    last: datetime
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def empty(self) -> bool:
        return not any(bar.height for bar in self.bars)


def spark(values: Sequence[int]) -> list[Bar]:
    """Return one bar per value; the largest value has the full height."""
    max_value = max([*values, 1])
    step = SPARK_WIDTH / max(len(values), 1)
    return [_bar(index, value / max_value, step=step, height=SPARK_HEIGHT) for index, value in enumerate(values)]


def bars(title: str, points: Sequence[tuple[datetime, float]], *, unit: str = "") -> Chart:
    """Return a bar chart of `points`, which are (time, value) pairs, oldest first."""
    top = _round_up(max((value for _, value in points), default=0))
    step = WIDTH / max(len(points), 1)
    shapes = [
        replace(
            _bar(index, value / top, step=step, height=HEIGHT),
            value=f"{_format_number(value)} {unit}".strip(),
            at=at,
        )
        for index, (at, value) in enumerate(points)
    ]
    return Chart(title, shapes, top, unit, points[0][0], points[-1][0])


def _format_number(value: float) -> str:
    """Return a number as text: whole numbers with thousands separators, others with at most two decimals."""
    return f"{value:,.0f}" if value == int(value) or value >= 1_000 else f"{value:.2f}".rstrip("0").rstrip(".")


def _bar(index: int, share: float, *, step: float, height: int) -> Bar:
    # Keep small values visible, and zeros invisible.
    bar_height = max(share * height, 1.5) if share else 0.0
    return Bar(round(index * step, 2), round(height - bar_height, 2), round(step * 0.75, 2), round(bar_height, 2))


def _round_up(value: float) -> float:
    """Round up to 1, 2 or 5 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value)
