"""The filter that continues a sorted list after a position, in MongoDB's own order of values, types and arrays.

A position is a list of sort keys as `sort_keys` gives them: `[value]`, or `[]` for an empty array, which sorts
before null. The filter has two parts. Branches that indexes can serve find what may come after the position; one
expression then computes the sort keys of a document as MongoDB does, and keeps what does come after. The two differ
for arrays alone, of which the least or the greatest element counts: for all else the branches are exact.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any

from bson import Binary, Decimal128, Int64, MaxKey

Sort = Sequence[tuple[str, int]]
_Paths = Mapping[int, Sequence[str]]
# The order of types has arrays between objects and binary data: these are the neighbours.
_ABOVE_OBJECTS = {"": MaxKey()}
_BELOW_BINARY = Binary(b"")
_BELOW_ARRAYS = (int, float, Decimal128, str, dict)


def sort_keys() -> dict[str, Any]:
    """Return the expression of a sorted document's position."""
    undefined = {"$eq": [{"$type": "$$this"}, "undefined"]}
    return {"$map": {"input": {"$meta": "sortKey"}, "in": {"$cond": [undefined, [], ["$$this"]]}}}


def scalar_keys(values: Sequence[Any]) -> list[list[Any]] | None:
    """Return the position of a document with these values at the paths of a sort, as `sort_keys` does.

    None where one of them is an array: an element of it is the sort key.
    """
    return None if any(type(value) is list for value in values) else [[value] for value in values]


def values_at(document: Mapping[str, Any], sort: Sort) -> list[Any]:
    """Return the values of a document at the paths of a sort, None for a missing one.

    Of a path that leads through an array, the array.
    """
    values = []
    for path, _ in sort:
        value: Any = document
        for name in path.split("."):
            if type(value) is list:
                break
            value = value.get(name) if type(value) is dict else None
        values.append(value)
    return values


def hides_keys(excluded: Iterable[str], sort: Sort) -> bool:
    """Return whether excluded fields are at the paths of a sort, above them or below."""
    pairs = [(f"{hidden}.", f"{path}.") for hidden in excluded for path, _ in sort]
    return any(path.startswith(hidden) or hidden.startswith(path) for hidden, path in pairs)


def sort_values(sort: Sort) -> dict[str, Any]:
    """Return the expression of `sort_keys` computed from the document itself instead of MongoDB's sort."""
    indexes = [f"$$key.{index}" for index in range(len(sort))]
    return {"$let": {"vars": {"key": _Keys(sort).expression()}, "in": indexes}}


def after(position: Sequence[list[Any]], sort: Sort) -> dict[str, Any]:
    """Return the filter of what a sorted list has after the position. The last key of `sort` is unique: `_id`, or a
    number that every document has, whose index is of numbers alone and serves no expression.
    """
    if len(sort) == 1 and position[0] and type(position[0][0]) in (int, Int64):
        ((path, way),) = sort
        number = position[0][0]
        return {path: {"$gt": number} if way > 0 else {"$lt": number, "$gte": -math.inf}}
    branches = [branch for index in range(len(sort)) for branch in _branches(position, sort, index)]
    if len(sort) == 1:
        return branches[0]
    return {"$and": [{"$or": branches}, {"$expr": _exactly(position, sort)}]}


def merges_arrays(plan: Any) -> bool:
    """Return whether an explained plan merges sorted scans of an index over arrays."""
    if type(plan) is list:
        return any(map(merges_arrays, plan))
    if type(plan) is not dict:
        return False
    if plan.get("stage") == "SORT_MERGE" and _has_arrays(plan):
        return True
    return any(map(merges_arrays, plan.values()))


def _has_arrays(plan: Any) -> bool:
    if type(plan) is list:
        return any(map(_has_arrays, plan))
    return type(plan) is dict and (plan.get("isMultiKey") is True or any(map(_has_arrays, plan.values())))


# --- branches that indexes can serve ---------------------------------------------------------------


def _branches(position: Sequence[list[Any]], sort: Sort, index: int) -> list[dict[str, Any]]:
    """Return branches equal before `index` and later at it, or with an array there, whose order an index does not
    have.
    """
    before: list[dict[str, Any]] = []
    for (name, _), values in zip(sort[:index], position, strict=False):
        condition = _same(name, values)
        if condition is None:
            return []
        before.append(condition)
    path, way = sort[index]
    key = position[index]
    if path == "_id":
        return [_all(*before, {"_id": {"$gt" if way > 0 else "$lt": key[0]}})]
    arrays = _all(_compared(path, "$gt", _ABOVE_OBJECTS), _compared(path, "$lt", _BELOW_BINARY))
    prefetch = _upwards(path, key, arrays) if way > 0 else _downwards(path, key, arrays)
    return [_all(*before, condition) for condition in prefetch]


def _same(path: str, key: list[Any]) -> dict[str, Any] | None:
    """Return the condition of equality, or None where only an array can be equal."""
    if not key or type(key[0]) is list:
        return None
    return _compared(path, "$lte" if key[0] is None else "$eq", key[0])


def _upwards(path: str, key: list[Any], arrays: dict[str, Any]) -> list[dict[str, Any]]:
    if not key:
        return [{}]
    if type(key[0]) is list:
        return [_compared(path, "$gt", _ABOVE_OBJECTS)]
    beyond = _compared(path, "$gt", key[0])
    return [beyond] if _is_below_arrays(key[0]) else [beyond, arrays]


def _downwards(path: str, key: list[Any], arrays: dict[str, Any]) -> list[dict[str, Any]]:
    if not key or key[0] is None:
        return [arrays]
    if type(key[0]) is list:
        return [_compared(path, "$lt", _BELOW_BINARY)]
    beyond = _compared(path, "$lt", key[0])
    return [beyond, arrays] if _is_below_arrays(key[0]) else [beyond]


def _is_below_arrays(value: Any) -> bool:
    """Return whether a value sorts before arrays, by types: null, numbers, text, objects."""
    return value is None or (isinstance(value, _BELOW_ARRAYS) and type(value) is not bool)


def _compared(path: str, operator: str, value: Any) -> dict[str, Any]:
    # In an expression all types compare with each other, and an index serves it still.
    return {"$expr": {operator: [f"${path}", {"$literal": value}]}}


def _all(*conditions: dict[str, Any]) -> dict[str, Any]:
    parts = [part for condition in conditions for part in condition.get("$and", [condition]) if part]
    return {"$and": parts} if parts else {}


# --- a document's sort keys as MongoDB computes them -----------------------------------------------


def _exactly(position: Sequence[list[Any]], sort: Sort) -> dict[str, Any]:
    keys = _Keys(sort)
    steps = []
    for index, (_, way) in enumerate(sort):
        both = [f"$$key.{index}", {"$literal": position[index]}]
        steps.append({"case": {"$ne": both}, "then": {"$gt" if way > 0 else "$lt": both}})
    decided = {"$switch": {"branches": steps, "default": False}}
    return {"$let": {"vars": {"key": keys.expression()}, "in": decided}}


class _Keys:
    """Builds the expression for `{index: [key]}` of a document; `[]` is the key of an empty array."""

    def __init__(self, sort: Sort) -> None:
        self._sort = sort
        self._numbers = count()

    def expression(self) -> dict[str, Any]:
        groups = _by_head({index: path.split(".") for index, (path, _) in enumerate(self._sort)})
        return {"$mergeObjects": [self._first(head, paths) for head, paths in groups.items()]}

    def _first(self, head: str, paths: _Paths) -> dict[str, Any]:
        """Return the first key. Paths with a common start may lead through one array, whose elements compare as
        wholes.
        """
        whole = [f"${self._sort[index][0]}" for index in paths]
        single = {str(index): [{"$ifNull": [path, None]}] for index, path in zip(paths, whole, strict=True)}
        order = {str(index): self._sort[index][1] for index in paths}
        sorted_keys = {"$sortArray": {"input": self._reached(f"${head}", paths), "sortBy": order}}
        any_array = {"$or": [{"$isArray": [path]} for path in whole]}
        return {"$cond": [any_array, {"$first": sorted_keys}, single]}

    def _reached(self, value: Any, paths: _Paths) -> Any:
        """Return all keys of what is at `value`."""
        by_index = {index: names for index, names in paths.items() if names and names[0].isdecimal()}
        others = {index: names for index, names in paths.items() if index not in by_index}
        if not by_index:
            return self._elements(value, others)
        if type(value) is not str:
            here = f"v{next(self._numbers)}"
            return {"$let": {"vars": {here: value}, "in": self._reached(f"$${here}", paths)}}
        parts = [self._at_index(value, name, inner) for name, inner in _by_head(by_index).items()]
        if others:
            parts.append(self._elements(value, others))
        return self._products(parts)

    def _at_index(self, value: str, index: str, paths: _Paths) -> Any:
        """Return the keys at one element of an array, itself a key as a whole; else at the fields of that name."""
        item = f"i{next(self._numbers)}"
        each = {"$cond": [{"$isArray": [value]}, _or_null(value), [value]]}
        fields = {"$map": {"input": each, "as": item, "in": _member(f"$${item}", index)}}
        has, element = _has_element(value, int(index)), {"$arrayElemAt": [value, int(index)]}
        held = {"$cond": [has, [element], fields]}
        ends, further = _ends(paths), _further(paths)
        parts = []
        if ends:
            key = {"$cond": [{"$eq": [f"$${item}", []]}, [], [{"$ifNull": [f"$${item}", None]}]]}
            whole = {str(index): key for index in ends}
            parts.append({"$cond": [has, [whole], self._reached(f"$${item}", ends)]})
        if further:
            parts.append(self._reached(f"$${item}", further))
        return _joined({"$map": {"input": held, "as": item, "in": self._products(parts)}})

    def _elements(self, value: Any, paths: _Paths) -> Any:
        """Return the keys of each element of an array, or of a value that is no array."""
        element = f"e{next(self._numbers)}"
        each = {"$cond": [{"$isArray": [value]}, _or_null(value), [value]]}
        keys = _joined({"$map": {"input": each, "as": element, "in": self._inside(f"$${element}", paths)}})
        if not _ends(paths):
            return keys
        empty = {str(index): [None] if names else [] for index, names in paths.items()}
        return {"$cond": [{"$eq": [value, []]}, [{"$literal": empty}], keys]}

    def _inside(self, value: str, paths: _Paths) -> Any:
        """Return the keys of one value. An array in an array is a key as a whole."""
        ends = {str(index): [{"$ifNull": [value, None]}] for index in _ends(paths)}
        heads = _by_head(_further(paths))
        parts = [self._reached(_member(value, name), inner) for name, inner in heads.items()]
        return self._products([[ends], *parts] if ends else parts)

    def _products(self, parts: list[Any]) -> Any:
        """Return every combination of the keys of the parts."""
        products = parts[0]
        for part in parts[1:]:
            one, other = f"x{next(self._numbers)}", f"y{next(self._numbers)}"
            merged = {"$mergeObjects": [f"$${one}", f"$${other}"]}
            rows = {"$map": {"input": part, "as": other, "in": merged}}
            products = _joined({"$map": {"input": products, "as": one, "in": rows}})
        return products


def _or_null(array: Any) -> dict[str, Any]:
    """Return the keys, where an empty array, which has no fields, counts as null."""
    return {"$cond": [{"$eq": [array, []]}, [None], array]}


def _has_element(value: str, index: int) -> dict[str, Any]:
    size = {"$size": {"$cond": [{"$isArray": [value]}, value, []]}}
    return {"$gt": [size, index]}


def _ends(paths: _Paths) -> _Paths:
    return {index: names for index, names in paths.items() if not names}


def _further(paths: _Paths) -> _Paths:
    return {index: names for index, names in paths.items() if names}


def _by_head(paths: _Paths) -> dict[str, dict[int, Sequence[str]]]:
    """Return the rest of each path, by its first name."""
    groups: dict[str, dict[int, Sequence[str]]] = {}
    for index, names in paths.items():
        groups.setdefault(names[0], {})[index] = names[1:]
    return groups


def _member(value: str, name: str) -> dict[str, Any]:
    holder = {"$cond": [{"$eq": [{"$type": value}, "object"]}, value, {}]}
    return {"$getField": {"field": name, "input": holder}}


def _joined(arrays: Any) -> dict[str, Any]:
    return {"$reduce": {"input": arrays, "initialValue": [], "in": {"$concatArrays": ["$$value", "$$this"]}}}
