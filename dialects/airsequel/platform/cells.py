"""Cells: the values of documents as a table shows them, and texts as values of a column."""

from __future__ import annotations

import math
import re
from typing import Any

import engine
from dialects.airsequel.platform.columns import TableColumn
from engine.encoding import dumps, too_small, vanishes

_PLAIN = (type(None), bool, int, float, str)


def cell_of(value: Any) -> Any:
    """Return a value as a cell: null, a boolean, a number or a text. What is nested is a text of JSON."""
    if type(value) in _PLAIN:
        return value
    text = dumps(value).decode()
    return text[1:-1] if text.startswith('"') else text


def number_of(text: str) -> float | int | None:
    """Return the number that a text is; None for no number, and for one that a double does not hold."""
    if re.fullmatch(r"-?\d{1,18}", text):
        return int(text)
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and not vanishes(text) else None


def value_of(column: TableColumn, text: str) -> Any:
    """Return the value that a text stands for in a column. Raises `Invalid` if it stands for none."""
    kind = column.field.type
    if kind in ("number", "autonumber"):
        number = number_of(text)
        if number is None:
            raise engine.Invalid.of_field(column.name, _refusal(text))
        return number
    if kind == "boolean":
        values = {"0": False, "false": False, "1": True, "true": True}
        if text.lower() not in values:
            raise engine.Invalid.of_field(column.name, "Must be true or false.")
        return values[text.lower()]
    return text


def _refusal(text: str) -> str:
    try:
        return too_small(text) if vanishes(text) else "Must be a number."
    except ValueError:
        return "Must be a number."
