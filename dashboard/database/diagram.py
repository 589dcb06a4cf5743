"""The references between the collections of a database as a drawing: boxes with their fields, and arrows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import engine

_COLUMNS = 3
_WIDTH, _ROW, _HEAD = 210, 22, 34
_ACROSS, _DOWN = 300, 40
_MOST_LETTERS = 24


@dataclass(frozen=True)
class Box:
    """A collection: `rows` are its fields that refer to others, each with its middle."""

    name: str
    title: str
    x: int
    y: int
    height: int
    rows: list[tuple[str, int]]
    width: int = _WIDTH


@dataclass(frozen=True)
class Diagram:
    boxes: list[Box]
    arrows: list[str]
    width: int
    height: int
    words: str


def of(specs: Mapping[str, engine.Spec]) -> Diagram | None:
    """None where no collection refers to another one."""
    references = {
        name: [(field.name, field.collection) for field in spec.schema.fields if field.collection in specs]
        for name, spec in specs.items()
    }
    meant = {target for found in references.values() for _, target in found}
    shown = [name for name in specs if references[name] or name in meant]
    if not shown:
        return None
    boxes = _placed({name: [field for field, _ in references[name]] for name in shown})
    arrows = [
        _arrow(boxes[name], boxes[target], number)
        for name in shown
        for number, (_, target) in enumerate(references[name])
    ]
    words = ", ".join(f"{name}.{field} refers to {target}" for name in shown for field, target in references[name])
    return Diagram(
        boxes=list(boxes.values()),
        arrows=arrows,
        width=max(box.x + _WIDTH for box in boxes.values()) + 50,
        height=max(box.y + box.height for box in boxes.values()) + 10,
        words=words,
    )


def _placed(fields: Mapping[str, list[str]]) -> dict[str, Box]:
    """In columns from left to right, each box below the one before it."""
    bottoms = [10] * _COLUMNS
    boxes = {}
    for index, (name, rows) in enumerate(fields.items()):
        column = index % _COLUMNS
        y, height = bottoms[column], _HEAD + _ROW * len(rows) + (8 if rows else 0)
        middles = [(_short(row), y + _HEAD + _ROW * number + 15) for number, row in enumerate(rows)]
        boxes[name] = Box(name, _short(name), 10 + column * _ACROSS, y, height, middles)
        bottoms[column] = y + height + _DOWN
    return boxes


def _arrow(start: Box, end: Box, number: int) -> str:
    """A curve from a field's row to the head of the collection that it means."""
    y, to = start.rows[number][1] - 4, end.y + _HEAD // 2
    if end.x > start.x:
        x, at, bend = start.x + _WIDTH, end.x, 45
        return f"M{x} {y} C{x + bend} {y} {at - bend} {to} {at - 2} {to}"
    if end.x < start.x:
        x, at, bend = start.x, end.x + _WIDTH, 45
        return f"M{x} {y} C{x - bend} {y} {at + bend} {to} {at + 2} {to}"
    x = start.x + _WIDTH
    return f"M{x} {y} C{x + 45} {y} {x + 45} {to} {x + 2} {to}"


def _short(text: str) -> str:
    return text if len(text) <= _MOST_LETTERS else f"{text[: _MOST_LETTERS - 1]}…"
