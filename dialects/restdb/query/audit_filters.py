"""Conditions on `_createdby` and `_changedby`: users by their addresses, all keys as one value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from dialects.restdb.system_fields import BY_KEY

Actors = Callable[[Iterable[str]], list[str]]
_UNKNOWN = (
    "Must be an address, or {!r} for keys: as such, or in $not, $ne, $in or $nin. $exists is allowed as well."
)


def audit_filter(name: str, condition: Any, *, actors: Actors) -> dict[str, Any]:
    """Return the filter for a condition on an audit field; raises `ValueError` for an unsupported one."""
    operators = condition if type(condition) is dict else {"$eq": condition}
    if not operators:
        raise ValueError(_UNKNOWN.format(BY_KEY))
    parts = [_part(name, operator, operand, actors) for operator, operand in operators.items()]
    return parts[0] if len(parts) == 1 else {"$and": parts}


def _part(name: str, operator: str, operand: Any, actors: Actors) -> dict[str, Any]:
    if operator == "$exists":
        return {name: {operator: operand}}
    if operator == "$not":
        return {"$nor": [audit_filter(name, operand, actors=actors)]}
    values = operand if operator in ("$in", "$nin") else [operand]
    if operator not in ("$eq", "$ne", "$in", "$nin") or type(values) is not list or not all(map(_is_actor, values)):
        raise ValueError(_UNKNOWN.format(BY_KEY))
    condition = _one_of(name, values, actors)
    return condition if operator in ("$eq", "$in") else {"$nor": [condition]}


def _is_actor(value: Any) -> bool:
    return value is None or type(value) is str


def _one_of(name: str, values: Sequence[str | None], actors: Actors) -> dict[str, Any]:
    people = [value for value in values if value not in (BY_KEY, None)]
    alternatives: list[dict[str, Any]] = [{name: {"$in": actors(people) if people else []}}]
    if BY_KEY in values:
        alternatives.append({name: {"$regex": "^k[0-9]"}})
    return alternatives[0] if len(alternatives) == 1 else {"$or": alternatives}
