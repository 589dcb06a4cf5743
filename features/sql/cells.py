"""Values of documents as cells of SQLite, whose columns then convert them by their affinity."""

from __future__ import annotations

import math
from typing import Any

from engine.encoding import dumps

Cell = int | float | str | bytes | None


def cell_of(value: Any) -> Cell:
    """Return a value as a cell.

    Booleans are 0 and 1, dates are ISO 8601, ids are hexadecimal, what is nested is JSON, and NaN is null.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, bytes):
        return bytes(value)
    if hasattr(value, "to_decimal"):
        value = float(value.to_decimal())
    if isinstance(value, float):
        return None if math.isnan(value) else value
    text = dumps(value).decode()
    return text[1:-1] if text.startswith('"') else text


def file_cell(value: Any) -> Cell:
    """Return the cell of a file, a BLOB with the id of the file."""
    return value.encode() if isinstance(value, str) else cell_of(value)
