"""Conditions of one column and constants, as filters of MongoDB.

The filter of a condition matches at least the rows that SQLite would choose; SQLite checks all conditions again.
Values of a field may have any type unless their collection refuses it, and SQLite compares them as it stores them
in the column. So a filter also matches the types whose values SQLite would convert. Of values of the field's own
type it matches exactly those that SQLite chooses.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from features.sql.running.tokens import Tokens
from features.sql.tables import SqlColumn

Filter = dict[str, Any]
Constants = list[int | str]
_OPERATORS = {"=": "$eq", "==": "$eq", "<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}
# Larger ones are not exact as real numbers.
MAX_INTEGER = 2**53
_MAX_NUMBERS = 200
_ENDS = 2
# A text that no value but a string becomes: no number, date, id, JSON or name of a constant.
_ONLY_TEXT = re.compile(
    r"(?![0-9a-f]{24}\Z)(?!(?:true|false|null|nan|inf|infinity)\Z)[^\W\d_].*", re.DOTALL | re.IGNORECASE
)
_TEXT_KINDS = frozenset({"string", "email", "url", "enum"})
_DATE_KINDS = frozenset({"date", "datetime"})
_CONVERTED = ["string", "bool"]
# SQLite stores these in a column of numbers as text, which is larger than every number.
_AS_TEXT = ["object", "array", "date", "objectId", "binData", "regex", "timestamp"]
_ALL_TYPES = ["number", "string", "bool", *_AS_TEXT]


@dataclass(frozen=True)
class _Parts:
    """A filter of a field: what its own type is compared with, decimals near these values, and other types."""

    path: str
    compared: Filter
    near: tuple[Filter, ...] = ()
    types: tuple[str, ...] = ()

    @property
    def filter(self) -> Filter:
        compared = {self.path: self.compared}
        types = [{self.path: {"$type": [*self.types]}}] if self.types else []
        return {"$or": [compared, *self.near, *types]} if self.near or types else compared

    def completes(self, other: _Parts) -> bool:
        """Return whether both are ends of one range."""
        names = [*self.compared, *other.compared]
        return self.path == other.path and len(names) == _ENDS and {name[:3] for name in names} == {"$gt", "$lt"}

    def with_end(self, end: _Parts) -> _Parts:
        """Return the filter of the range. A value of another type has to fulfil both conditions."""
        types = tuple(name for name in self.types if name in end.types)
        return _Parts(self.path, {**self.compared, **end.compared}, (*self.near, *end.near), types)


@dataclass(frozen=True)
class Condition:
    """`column operator values`, of which only `$in` has several. `has_arrays`: the field may have arrays."""

    column: SqlColumn
    operator: str
    values: tuple[int | str, ...]
    has_arrays: bool = True

    @property
    def filter(self) -> Filter | None:
        """The filter; None for a condition that MongoDB cannot check."""
        return None if self.parts is None else self.parts.filter

    @property
    def parts(self) -> _Parts | None:
        """The parts of the filter; None for a condition that MongoDB cannot check."""
        kind = native_kind(self.column)
        if all(type(value) is int and abs(value) < MAX_INTEGER for value in self.values):
            if kind == "rowid":
                return self._or()
            if kind == "number" and len(self.values) <= _MAX_NUMBERS:
                return self._of_numbers()
            if kind == "boolean" and self.operator in ("$eq", "$in"):
                return self._of_booleans()
        if all(type(value) is str and "\0" not in value for value in self.values):
            return self._of_texts(kind)
        return None

    @property
    def needs_arrays(self) -> bool:
        """Whether the filter depends on arrays in the field."""
        return self.filter != replace(self, has_arrays=False).filter

    def _of_numbers(self) -> _Parts:
        types = [*_CONVERTED, *(_AS_TEXT if self.operator in ("$gt", "$gte") else ())]
        near = [] if self.operator in ("$lt", "$gt") else [*map(self._near, self.values)]
        return self._or(*near, types=types)

    def _near(self, value: Any) -> Filter:
        """Return the filter of decimals that are no real numbers, and of which one becomes the value."""
        path, way = self.column.path, self.operator
        lower = value if way == "$lte" else math.nextafter(value, -math.inf)
        upper = value if way == "$gte" else math.nextafter(value, math.inf)
        return {path: {"$gte": lower, "$lte": upper, "$type": "decimal"}}

    def _of_booleans(self) -> _Parts:
        values = [value == 1 for value in self.values if value in (0, 1)]
        return _Parts(self.column.path, {"$in": values}, types=("number", "string"))

    def _of_texts(self, kind: str) -> _Parts | None:
        is_plain = all(_ONLY_TEXT.fullmatch(str(value)) for value in self.values)
        if is_plain and self.operator in ("$eq", "$in") and self.column.kind in _TEXT_KINDS:
            return None if self.column.is_file else self._or()
        return self._or(types=other_types("text")) if kind == "text" else None

    def _or(self, *near: Filter, types: Sequence[str] = ()) -> _Parts:
        operand = [*self.values] if self.operator == "$in" else self.values[0]
        compared = {self.operator: operand}
        return _Parts(self.column.path, compared, near, (*without_arrays(types, self.has_arrays),))


def filter_of(conditions: Sequence[Condition]) -> Filter | None:
    """Return the filter of what fulfils all conditions; None for everything.

    A range with two ends is one part of it: of two parts MongoDB reads an index for one alone.
    """
    joined: list[_Parts] = []
    for parts in (condition.parts for condition in conditions):
        other = next((item for item in joined if parts and parts.completes(item)), None)
        if parts and other:
            joined[joined.index(other)] = other.with_end(parts)
        elif parts:
            joined.append(parts)
    return both(*(parts.filter for parts in joined))


def condition_of(column: SqlColumn, tokens: Tokens) -> list[Condition]:
    """Return the conditions that follow a column: `= 5`, `IN (1, 2)`, `BETWEEN 1 AND 2`; none for others."""
    words = [token.upper for token in tokens]
    if words[:1] == ["BETWEEN"] and words.count("AND") == 1:
        place = words.index("AND")
        bounds = [_values(tokens[1:place]), _values(tokens[place + 1 :])]
        if all(len(values) == 1 for values in bounds) and "(" not in words:
            return [Condition(column, name, (*bounds[at],)) for at, name in enumerate(("$gte", "$lte"))]
        return []
    values = _values(tokens[1:])
    if words[:1] == ["IN"] and values and words[1] == "(":
        return [Condition(column, "$in", (*values,))]
    if words and words[0] in _OPERATORS and len(values) == 1 and words[1] != "(":
        return [Condition(column, _OPERATORS[words[0]], (*values,))]
    return []


def _values(tokens: Tokens) -> Constants:
    """Return the constants of `5`, `-5`, `'a'` or `(5, 'a')`; none for anything else."""
    items = [*tokens]
    if items and items[0].upper == "(" and items[-1].upper == ")":
        items = items[1:-1]
    values: Constants = []
    while items:
        sign = -1 if items[0].upper == "-" else 1
        items = items[1:] if sign < 0 else items
        if not items or items[0].kind not in ("number", "text") or (sign < 0 and items[0].kind == "text"):
            return []
        text = items.pop(0)
        values.append(sign * int(text.text) if text.kind == "number" else text.text[1:-1].replace("''", "'"))
        if items and (items.pop(0).upper != "," or not items):
            return []
    return values


def native_kind(column: SqlColumn) -> str:
    """Return rowid, number, boolean, text or date: of which values MongoDB compares most as SQLite does.

    An empty text for columns of others.
    """
    if column.is_rowid_alias:
        return "rowid"
    if column.is_file:
        return ""
    if column.kind in ("number", "boolean") and _affinity(column.type) == "NUMERIC":
        return column.kind
    if column.kind in _TEXT_KINDS and _affinity(column.type) == "TEXT":
        return "text"
    return "date" if column.kind in _DATE_KINDS else ""


def is_native(column: SqlColumn, value: Any) -> bool:
    """Return whether a filter matches a value exactly if SQLite would choose it, and sorts it as SQLite does."""
    kind = native_kind(column)
    if kind in ("number", "rowid"):
        return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < MAX_INTEGER
    if kind == "date":
        return isinstance(value, date)
    return isinstance(value, bool) if kind == "boolean" else isinstance(value, str)


def other_types(kind: str) -> list[str]:
    """Return the types of BSON that are not of a kind of `native_kind`. Decimals are among numbers."""
    own = {"number": "number", "text": "string", "date": "date", "boolean": "bool"}[kind]
    return [name for name in _ALL_TYPES if name != own]


def without_arrays(types: Sequence[str], has_arrays: bool) -> list[str]:
    """Return types, without arrays unless there may be some: to find these, MongoDB reads a whole index."""
    return [name for name in types if has_arrays or name != "array"]


def _affinity(kind: str) -> str:
    """Return NUMERIC for all affinities to numbers, TEXT, or BLOB."""
    name = kind.upper()
    if "INT" in name:
        return "NUMERIC"
    if any(part in name for part in ("CHAR", "CLOB", "TEXT")):
        return "TEXT"
    return "BLOB" if not name or "BLOB" in name else "NUMERIC"


def both(*filters: Mapping[str, Any] | None) -> Filter | None:
    """Return the filter of what matches all of these; None for everything."""
    known = [dict(item) for item in filters if item is not None]
    return {"$and": known} if known else None
