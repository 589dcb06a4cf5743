"""A diagram of the references between the collections of a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import engine

_COLUMNS = 3
_WIDTH, _ROW_HEIGHT, _HEADER_HEIGHT = 210, 22, 34
_COLUMN_STEP, _ROW_GAP = 300, 40
_MAX_LABEL_LENGTH = 24


@dataclass(frozen=True)
class Box:
    """A collection. `rows` are its reference fields, each with its vertical centre."""

    name: str
    title: str
    x: int
    y: int
    height: int
    rows: list[tuple[str, int]]
    width: int = _WIDTH


@dataclass(frozen=True)
class Diagram:
    """Boxes and arrows of a diagram, its size, and a description for screen readers."""

    boxes: list[Box]
    arrows: list[str]
    width: int
    height: int
    description: str


def build(specs: Mapping[str, engine.CollectionSpec]) -> Diagram | None:
    """Return the diagram, or None if no collection refers to another."""
    references = {
        name: [(field.name, field.collection) for field in spec.schema.fields if field.collection in specs]
        for name, spec in specs.items()
    }
    targets = {target for fields in references.values() for _, target in fields}
    drawn = [name for name in specs if references[name] or name in targets]
    if not drawn:
        return None
    boxes = _place_boxes({name: [field for field, _ in references[name]] for name in drawn})
    arrows = [
        _arrow(boxes[name], boxes[target], number)
        for name in drawn
        for number, (_, target) in enumerate(references[name])
    ]
    description = ", ".join(
        f"{name}.{field} refers to {target}" for name in drawn for field, target in references[name]
    )
    return Diagram(
        boxes=list(boxes.values()),
        arrows=arrows,
        width=max(box.x + _WIDTH for box in boxes.values()) + 50,
        height=max(box.y + box.height for box in boxes.values()) + 10,
        description=description,
    )


def _place_boxes(fields: Mapping[str, list[str]]) -> dict[str, Box]:
    """Place boxes in columns from left to right, each below the previous one of its column."""
    bottoms = [10] * _COLUMNS
    boxes = {}
    for index, (name, rows) in enumerate(fields.items()):
        column = index % _COLUMNS
        y, height = bottoms[column], _HEADER_HEIGHT + _ROW_HEIGHT * len(rows) + (8 if rows else 0)
        labels = [
            (_shorten(row), y + _HEADER_HEIGHT + _ROW_HEIGHT * number + 15) for number, row in enumerate(rows)
        ]
        boxes[name] = Box(name, _shorten(name), 10 + column * _COLUMN_STEP, y, height, labels)
        bottoms[column] = y + height + _ROW_GAP
    return boxes


def _arrow(start: Box, end: Box, number: int) -> str:
    """Return the path of a curve from the row of a field to the header of the referenced collection."""
    start_y, end_y = start.rows[number][1] - 4, end.y + _HEADER_HEIGHT // 2
    if end.x > start.x:
        start_x, end_x, curve = start.x + _WIDTH, end.x, 45
        return f"M{start_x} {start_y} C{start_x + curve} {start_y} {end_x - curve} {end_y} {end_x - 2} {end_y}"
    if end.x < start.x:
        start_x, end_x, curve = start.x, end.x + _WIDTH, 45
        return f"M{start_x} {start_y} C{start_x - curve} {start_y} {end_x + curve} {end_y} {end_x + 2} {end_y}"
    start_x = start.x + _WIDTH
    return f"M{start_x} {start_y} C{start_x + 45} {start_y} {start_x + 45} {end_y} {start_x + 2} {end_y}"


def _shorten(text: str) -> str:
    return text if len(text) <= _MAX_LABEL_LENGTH else f"{text[: _MAX_LABEL_LENGTH - 1]}…"
