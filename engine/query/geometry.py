"""Operands of geographic operators: GeoJSON, and a circle on the sphere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# How deep the arrays of coordinates are.
_DEPTH: Mapping[str, int] = {
    "Point": 1,
    "MultiPoint": 2,
    "LineString": 2,
    "MultiLineString": 3,
    "Polygon": 3,
    "MultiPolygon": 4,
}
_COLLECTION = "GeometryCollection"
_MAX_SHAPES = 100


def region_error(raw: Any, *, circle: bool) -> str:
    """Return why `{"$geometry": …}`, or with `circle` also `{"$centerSphere": [[lng, lat], radians]}`, is
    refused.
    """
    known = ("$geometry", "$centerSphere") if circle else ("$geometry",)
    if type(raw) is not dict or len(raw) != 1 or next(iter(raw)) not in known:
        return f"Must be an object of {' or '.join(known)}."
    ((name, shape),) = raw.items()
    return _shape_error(shape) if name == "$geometry" else _circle_error(shape)


def point_error(raw: Any) -> str:
    """Return why a point from which distances are measured is refused, or an empty text."""
    right = type(raw) is dict and raw.get("type") == "Point" and not _shape_error(raw)
    return "" if right else "Must be a GeoJSON Point with [longitude, latitude]."


def distance_error(raw: Any) -> str:
    """Return why a distance in metres is refused, or an empty text."""
    return "" if _is_number(raw) and raw >= 0 else "Must be a number of metres that is not negative."


def _shape_error(raw: Any, *, nested: bool = False) -> str:
    kind = raw.get("type") if type(raw) is dict else None
    if kind == _COLLECTION and not nested and raw.keys() == {"type", "geometries"}:
        shapes = raw["geometries"]
        if type(shapes) is not list or not 1 <= len(shapes) <= _MAX_SHAPES:
            return f"geometries must be an array of 1 to {_MAX_SHAPES} shapes."
        return next((text for shape in shapes if (text := _shape_error(shape, nested=True))), "")
    if type(kind) is not str or kind not in _DEPTH or raw.keys() != {"type", "coordinates"}:
        return f"Must be GeoJSON, an object of type (one of {', '.join(_DEPTH)}) and coordinates."
    return "" if _are_numbers(raw["coordinates"], _DEPTH[kind]) else "The coordinates do not fit the type."


def _circle_error(raw: Any) -> str:
    right = type(raw) is list and len(raw) == 2 and _are_numbers(raw[0], 1) and _is_number(raw[1]) and raw[1] >= 0
    return "" if right else "Must be [[longitude, latitude], radius in radians]."


def _are_numbers(raw: Any, depth: int) -> bool:
    """Return whether a value is arrays of arrays, at this depth, of pairs of numbers."""
    if type(raw) is not list or not raw:
        return False
    if depth == 1:
        return len(raw) == 2 and all(map(_is_number, raw))
    return all(_are_numbers(item, depth - 1) for item in raw)


def _is_number(raw: Any) -> bool:
    return type(raw) in (int, float) and abs(raw) < 1e9
