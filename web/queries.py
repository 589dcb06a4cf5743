"""How a query string says in which order documents come and which of their fields are wanted."""

from __future__ import annotations

from typing import Any

import engine
from web.parameters import Parameters

_DIRECTIONS = (1, -1)


def order(given: Parameters, text: str) -> tuple[tuple[str, int], ...]:
    """`name,-released`, or a JSON object `{"name": 1, "released": -1}`."""
    if not text:
        return ()
    if not text.lstrip().startswith("{"):
        return tuple((name.removeprefix("-"), -1 if name.startswith("-") else 1) for name in text.split(","))
    found = given.json("sort", default={})
    if type(found) is not dict or not all(type(way) is int and way in _DIRECTIONS for way in found.values()):
        given.fault("sort", "sort must give each field 1 or -1")
        return ()
    return tuple(found.items())


def projection(given: Parameters, text: str) -> dict[str, int]:
    """`name,email` or `-notes`, or a JSON object `{"name": 1}` or `{"notes": 0}`."""
    if not text:
        return {}
    if not text.lstrip().startswith("{"):
        return {name.removeprefix("-"): 0 if name.startswith("-") else 1 for name in text.split(",")}
    found = given.json("fields", default={})
    if type(found) is not dict or not all(type(kept) is int and kept in (0, 1) for kept in found.values()):
        given.fault("fields", "fields must give each field 0 or 1")
        return {}
    return found


def collation(given: Parameters, raw: Any) -> engine.Collation | None:
    """`{"locale": "en", "strength": 2}`; None where there is none."""
    if raw is None:
        return None
    found, faults = engine.parse_collation(raw)
    for item in faults:
        given.fault(item.field, item.message)
    return found
