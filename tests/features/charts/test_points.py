"""Positions and places of cells."""

from __future__ import annotations

import pytest

import engine
from features.charts.points import places_of, position_of
from features.charts.rows import ChartRows


def test_positions() -> None:
    assert [position_of(value) for value in ("1970-01-02", "1970-01-01T00:00:01Z", "x", 3)] == [86400, 1, None, 3]


def test_places() -> None:
    points = [{"type": "Point", "coordinates": [5, 52]}, [6, 53], [1], None, {"coordinates": "xy"}]
    assert places_of(ChartRows(("place",), [(point,) for point in points])) == [(5, 52), (6, 53)]
    assert places_of(ChartRows(("x", "y", "z"), [(5, 52, 1), (181, 0, 1), (1, None, 1), ("1", 1, 1)])) == [(5, 52)]
    with pytest.raises(engine.Invalid, match="longitude"):
        places_of(ChartRows((), []))
