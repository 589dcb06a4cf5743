"""Sorting by distance from a point: `$near` and `$nearSphere` at the top of a filter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.encoding.shape import path_error
from engine.errors import FieldError, invalid
from engine.limits import Limits
from engine.query.geometry import distance_error, point_error

OPERATORS = ("$near", "$nearSphere")
_BOUNDS = {"$maxDistance": "maxDistance", "$minDistance": "minDistance"}


@dataclass(frozen=True)
class Nearness:
    """Sort by the distance of the value at `path` from a point. `bounds` are in metres."""

    path: str
    point: Mapping[str, Any]
    bounds: Mapping[str, float]

    def stage(self, filter: Mapping[str, Any], *, distance: str) -> dict[str, Any]:
        """Return the first stage of a pipeline that reads what matches, with the distance in the field of that
        name.
        """
        body = {"near": self.point, "key": self.path, "distanceField": distance, "spherical": True, "query": filter}
        return {"$geoNear": {**body, **self.bounds}}

    def joined(self, filter: Mapping[str, Any]) -> dict[str, Any]:
        """Return the filter with the condition in it, as MongoDB's `find` takes it."""
        bounds = {f"${name}": metres for name, metres in self.bounds.items()}
        near = {self.path: {"$nearSphere": {"$geometry": self.point, **bounds}}}
        return {"$and": [near, filter]} if filter else near


def split_nearness(raw: Any, *, root: str, limits: Limits) -> tuple[Any, Nearness | None]:
    """Return a caller's filter without its `$near`, and what that says; raises `Invalid` with every error.

    It stands at the top of the filter; elsewhere it stays where it is, and `compile_filter` refuses it.
    """
    conditions: list[tuple[str, str]] = [
        (path, name)
        for path, condition in (raw.items() if isinstance(raw, Mapping) else ())
        if not path.startswith("$") and isinstance(condition, Mapping)
        for name in OPERATORS
        if name in condition
    ]
    if not conditions:
        return raw, None
    path, name = conditions[0]
    errors = [*_errors(raw[path][name], f"{root}.{path}.{name}")]
    if text := path_error(path, limits=limits):
        errors.append(FieldError(f"{root}.{path}", text))
    if len(conditions) > 1:
        errors.append(FieldError(root, "Only one $near or $nearSphere may be in a filter."))
    if "$text" in raw:
        errors.append(FieldError(f"{root}.$text", f"$text does not go with {name}."))
    if errors:
        raise invalid(errors)
    others = {key: value for key, value in raw[path].items() if key != name}
    rest = {key: value for key, value in raw.items() if key != path} | ({path: others} if others else {})
    operand = raw[path][name]
    bounds = {to: operand[key] for key, to in _BOUNDS.items() if key in operand}
    return rest, Nearness(path, operand["$geometry"], bounds)


def _errors(raw: Any, location: str) -> Iterator[FieldError]:
    if not isinstance(raw, Mapping) or "$geometry" not in raw:
        example = '{"$geometry": {"type": "Point", "coordinates": [longitude, latitude]}, "$maxDistance": metres}'
        yield FieldError(location, f"Must be an object such as {example}.")
        return
    if text := point_error(raw["$geometry"]):
        yield FieldError(f"{location}.$geometry", text)
    for name, value in raw.items():
        if name in _BOUNDS:
            if text := distance_error(value):
                yield FieldError(f"{location}.{name}", text)
        elif name != "$geometry":
            yield FieldError(f"{location}.{name}", "Is not one of $geometry, $maxDistance, $minDistance.")
