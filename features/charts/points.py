"""Points of scatter charts and maps: two numbers each, from cells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import engine
from features.charts.rows import ChartRows
from features.charts.text import number_of

_NO_PLACE = "A map needs the columns of longitude and latitude, or one of GeoJSON points."
_LONGITUDE, _LATITUDE = 180.0, 90.0


def places_of(rows: ChartRows) -> list[tuple[float, float]]:
    """Return the (longitude, latitude) of each row that has both. Raises `Invalid` without their columns."""
    if not rows.names:
        raise engine.Invalid.of_field("headers", _NO_PLACE)
    pairs = [_geojson(row[0]) if len(rows.names) == 1 else row[:2] for row in rows.rows]
    places = [(number_of(pair[0]), number_of(pair[1])) for pair in pairs if pair is not None]
    return [
        (x, y)
        for x, y in places
        if x is not None and y is not None and abs(x) <= _LONGITUDE and abs(y) <= _LATITUDE
    ]


def position_of(value: Any) -> float | None:
    """Return where a cell is on an axis of numbers: a number as it is, a date as seconds, other values nowhere."""
    number = number_of(value)
    if number is not None or not isinstance(value, str):
        return number
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def _geojson(value: Any) -> tuple[Any, Any] | None:
    """Return the coordinates of a GeoJSON point, or of a pair of numbers."""
    pair = value.get("coordinates") if isinstance(value, Mapping) else value
    return (pair[0], pair[1]) if isinstance(pair, list) and len(pair) == 2 else None
