"""Operands of geographic operators: what is refused, and why."""

from __future__ import annotations

from typing import Any

import pytest

from engine.query.geometry import distance_error, point_error, region_error

PAIR = [12.5, -3]
RING = [[0, 0], [0, 1], [1, 1], [0, 0]]
POINT = {"type": "Point", "coordinates": PAIR}
SHAPES = [
    POINT,
    {"type": "Point", "coordinates": [-999_999_999, 999_999_999.5]},
    {"type": "MultiPoint", "coordinates": [PAIR]},
    {"coordinates": [PAIR, PAIR], "type": "LineString"},
    {"type": "MultiLineString", "coordinates": [[PAIR, PAIR]]},
    {"type": "Polygon", "coordinates": [RING, RING]},
    {"type": "MultiPolygon", "coordinates": [[RING]]},
    {"type": "GeometryCollection", "geometries": [POINT] * 100},
]
KINDS = "Point, MultiPoint, LineString, MultiLineString, Polygon, MultiPolygon"
NO_SHAPE = f"Must be GeoJSON, an object of type (one of {KINDS}) and coordinates."
UNFIT = "The coordinates do not fit the type."
COUNT = "geometries must be an array of 1 to 100 shapes."
EITHER = "Must be an object of $geometry or $centerSphere."
CIRCLE = "Must be [[longitude, latitude], radius in radians]."
NO_POINT = "Must be a GeoJSON Point with [longitude, latitude]."
METRES = "Must be a number of metres that is not negative."


@pytest.mark.parametrize("circle", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_is_a_region(shape: dict[str, Any], circle: bool) -> None:
    assert region_error({"$geometry": shape}, circle=circle) == ""


@pytest.mark.parametrize(
    ("shape", "error"),
    [
        *((shape, NO_SHAPE) for shape in (None, [], "Point", {}, {"type": "Point"}, {"type": ["Point"]})),
        ({"type": "point", "coordinates": PAIR}, NO_SHAPE),
        ({"type": "Circle", "coordinates": PAIR}, NO_SHAPE),
        ({**POINT, "crs": {}}, NO_SHAPE),
        ({"type": "GeometryCollection", "coordinates": PAIR}, NO_SHAPE),
        ({"type": "GeometryCollection", "geometries": [POINT], "crs": {}}, NO_SHAPE),
        ({"type": "GeometryCollection", "geometries": [POINT, {}]}, NO_SHAPE),
        ({"type": "GeometryCollection", "geometries": [SHAPES[-1]]}, NO_SHAPE),
        *(({"type": "GeometryCollection", "geometries": value}, COUNT) for value in ([], {}, None, [POINT] * 101)),
        *(
            ({"type": "Point", "coordinates": value}, UNFIT)
            for value in (
                [],
                [1],
                [1, 2, 3],
                ["1", 2],
                [True, 1],
                [None, 1],
                [1e9, 0],
                [0, -1e9],
                [PAIR],
                {},
                "1,2",
            )
        ),
        ({"type": "MultiPoint", "coordinates": PAIR}, UNFIT),
        ({"type": "MultiPoint", "coordinates": []}, UNFIT),
        ({"type": "LineString", "coordinates": [PAIR, [1]]}, UNFIT),
        ({"type": "Polygon", "coordinates": RING}, UNFIT),
        ({"type": "Polygon", "coordinates": [RING, []]}, UNFIT),
        ({"type": "MultiPolygon", "coordinates": [RING]}, UNFIT),
    ],
)
def test_another_value_is_no_shape(shape: Any, error: str) -> None:
    assert region_error({"$geometry": shape}, circle=True) == error


@pytest.mark.parametrize(
    "raw", [None, 1, [], {}, "$geometry", {"$box": []}, {"$geometry": POINT, "$centerSphere": []}]
)
def test_a_region_is_an_object_of_one_operator(raw: Any) -> None:
    assert region_error(raw, circle=True) == EITHER
    assert region_error(raw, circle=False) == "Must be an object of $geometry."


def test_a_circle_is_a_region_only_where_that_is_allowed() -> None:
    for radius in (0, 0.5, 3):
        assert region_error({"$centerSphere": [PAIR, radius]}, circle=True) == ""
    assert region_error({"$centerSphere": [PAIR, 1]}, circle=False) == "Must be an object of $geometry."


@pytest.mark.parametrize(
    "raw",
    [None, {}, [], [PAIR], [PAIR, 1, 1], [PAIR, -1], [PAIR, "1"], [PAIR, True], [[1], 1], [[1, "2"], 1], [1, 2]],
)
def test_another_value_is_no_circle(raw: Any) -> None:
    assert region_error({"$centerSphere": raw}, circle=True) == CIRCLE


def test_distances_are_measured_from_a_point() -> None:
    assert point_error(POINT) == ""
    for raw in (None, PAIR, {}, {"type": "Point"}, {**POINT, "x": 1}, *SHAPES[2:]):
        assert point_error(raw) == NO_POINT


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        *((raw, "") for raw in (0, 0.0, 1, 2.5, 999_999_999)),
        *((raw, METRES) for raw in (-1, -0.5, 10**9, "1", True, None, [], float("inf"), float("nan"))),
    ],
)
def test_a_distance_is_a_number_of_metres(raw: Any, error: str) -> None:
    assert distance_error(raw) == error
