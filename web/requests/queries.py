"""Parsing of sort order, projection and collation."""

from __future__ import annotations

from typing import Any

from engine.schema import Collation, parse_collation
from web.requests.parameters import Parameters

_DIRECTIONS = (1, -1)


def order(params: Parameters, text: str) -> tuple[tuple[str, int], ...]:
    """Parse `name,-released`, or a JSON object `{"name": 1, "released": -1}`."""
    if not text:
        return ()
    if not text.lstrip().startswith("{"):
        return tuple((name.removeprefix("-"), -1 if name.startswith("-") else 1) for name in text.split(","))
    value = params.json("sort", default={})
    if type(value) is not dict or not all(
        type(direction) is int and direction in _DIRECTIONS for direction in value.values()
    ):
        params.add_error("sort", "sort must give each field 1 or -1")
        return ()
    return tuple(value.items())


def projection(params: Parameters, text: str) -> dict[str, int]:
    """Parse `name,email` or `-notes`, or a JSON object `{"name": 1}` or `{"notes": 0}`."""
    if not text:
        return {}
    if not text.lstrip().startswith("{"):
        return {name.removeprefix("-"): 0 if name.startswith("-") else 1 for name in text.split(",")}
    value = params.json("fields", default={})
    if type(value) is not dict or not all(
        type(included) is int and included in (0, 1) for included in value.values()
    ):
        params.add_error("fields", "fields must give each field 0 or 1")
        return {}
    return value


def collation(params: Parameters, raw: Any) -> Collation | None:
    """Parse `{"locale": "en", "strength": 2}`; None means the default order."""
    if raw is None:
        return None
    parsed, errors = parse_collation(raw)
    for error in errors:
        params.add_error(error.field, error.message)
    return parsed
