"""Lays out the labels of an x axis so that they do not overlap: level or rotated, shortened, and some of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
