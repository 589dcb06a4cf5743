"""Numbers as axes have them, finite and far enough from each other for a scale, and labels that do not overlap."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from features.charts.text import number_of

_LARGEST, _SMALLEST = 1e100, 1e-100
_DIGITS = 9
_ROOM = 0.05
# The years from 1 to 9999, in seconds of Unix time.
_FIRST_TIME, _LAST_TIME = -62_135_596_800, 253_402_300_799
# Of a chart that is 800 wide; characters have about this width in a font of 12 pixels.
_PLOT_WIDTH = 700
_CHARACTER_WIDTH = 6.8
_GAP = 12
# Pixels of the axis that a rotated label needs, which is as wide as its line is high.
_ROTATED_WIDTH = 18
_ROTATION = 45
_MAX_ROTATED_LENGTH = 22
# So many level labels are enough for an axis whose labels are not all drawn.
_ENOUGH = 10
Number = float | None


def drawable(cells: Iterable[object]) -> list[Number]:
    """Return the numbers in cells for one axis, and None for the other cells.

    They are rounded to the ninth digit of the largest one: the steps of pygal's scales would not end between
    numbers that differ in their last digits alone.
    """
    numbers = [_bounded(number_of(cell)) for cell in cells]
    largest = max((abs(number) for number in numbers if number is not None), default=0.0)
    if not largest:
        return numbers
    digits = _DIGITS - math.ceil(math.log10(largest))
    return [number if number is None else round(number, digits) for number in numbers]


def drawable_rows(rows: Sequence[Sequence[object]]) -> list[list[Number]]:
    """Return rows of numbers for one axis that all of them share."""
    numbers = iter(drawable(cell for row in rows for cell in row))
    return [[next(numbers) for _ in row] for row in rows]


def span_of(numbers: Iterable[Number]) -> tuple[float, float]:
    """Return the ends of an axis with some room around its numbers."""
    known = [number for number in numbers if number is not None] or [0.0]
    low, high = min(known), max(known)
    room = _ROOM * ((high - low) or abs(high) or 1.0)
    return low - room, high + room


def number_text(value: Number) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if 1e6 <= abs(value) < 1e15 else f"{value:,.6g}"


def time_text(value: float) -> str:
    """Return the day of a position on an axis of times."""
    return datetime.fromtimestamp(max(_FIRST_TIME, min(_LAST_TIME, value)), UTC).date().isoformat()


def degrees_text(value: float, *, positive: str, negative: str) -> str:
    """Return degrees of longitude or latitude with their direction."""
    return f"{abs(value):g}° {positive if value >= 0 else negative}"


def _bounded(number: Number) -> Number:
    if number is None or abs(number) < _SMALLEST:
        return number if number is None else 0.0
    return max(-_LARGEST, min(_LARGEST, number))


@dataclass(frozen=True)
class LabelLayout:
    """Degrees, the length that labels are cut to (-1 for none), and that each `every`th label is drawn."""

    rotation: int
    max_length: int = -1
    every: int = 1


def layout_of(labels: Sequence[str], *, rotation: int) -> LabelLayout:
    """Return the layout of the labels of values side by side; a `rotation` other than 0 is kept."""
    longest = max(map(len, labels), default=0)
    width = longest * _CHARACTER_WIDTH + _GAP
    if rotation:
        return LabelLayout(rotation, _MAX_ROTATED_LENGTH, _every(len(labels), _ROTATED_WIDTH))
    if len(labels) * width <= _PLOT_WIDTH:
        return LabelLayout(0)
    if len(labels) * _ROTATED_WIDTH > _PLOT_WIDTH and width * _ENOUGH <= _PLOT_WIDTH:
        return LabelLayout(0, every=_every(len(labels), width))
    return LabelLayout(_ROTATION, _MAX_ROTATED_LENGTH, _every(len(labels), _ROTATED_WIDTH))


def _every(count: int, width: float) -> int:
    """Return n, where each nth of `count` labels has at least `width`."""
    fitting = max(1, int(_PLOT_WIDTH // width))
    return max(1, -(-count // fitting))
