"""The columns of a table: the types of their cells, and the cells as values of JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from bson import ObjectId

import engine
from engine.encoding import loads
from engine.schema import TYPES

# The types that a column may have, each with the test of one cell; a column has the first that all its cells pass.
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?(?:[eE][+-]?[0-9]{1,2})?")
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])")
_TIME = re.compile(_DATE.pattern + r"T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})")
_ID = re.compile(r"[0-9a-f]{24}")
_BOOLEANS = {"true": True, "false": False}
_JSON_TYPES = ("object", "array", "json")
Convert = Callable[[str], Any]


class ColumnTypes:
    """Infers the type of each column from the cells of all rows; empty cells have any type.

    `depth` and `values` limit the nesting and the number of values of a cell that is JSON.
    """

    def __init__(self, *, depth: int, values: int) -> None:
        self._candidates: dict[int, list[str]] = {}
        self._tests: Mapping[str, Callable[[str], Any]] = {
            "number": _NUMBER.fullmatch,
            "boolean": lambda text: text.lower() in _BOOLEANS,
            "date": lambda text: _DATE.fullmatch(text) and _is_of("date", text),
            "datetime": lambda text: _TIME.fullmatch(text) and _is_of("datetime", text),
            "object": lambda text: text[0] == "{" and type(_parsed(text, depth, values)) is dict,
            "array": lambda text: text[0] == "[" and type(_parsed(text, depth, values)) is list,
        }

    def add(self, cells: Sequence[str]) -> None:
        """Take the cells of one row into account."""
        for number, text in enumerate(cells):
            if not text:
                continue
            candidates = self._candidates.get(number)
            if candidates is None:
                candidates = self._candidates[number] = [*self._tests]
            if candidates:
                candidates[:] = [name for name in candidates if self._tests[name](text)]

    def of(self, number: int) -> str:
        """Return the type of a column by its number from 0; empty for a column without a cell."""
        candidates = self._candidates.get(number)
        return "" if candidates is None else next(iter(candidates), "string")


def conversions(
    names: Iterable[str], types: Iterable[str], schema: engine.Schema, *, depth: int, values: int
) -> list[Convert]:
    """Return the functions that make values of the cells: by the declared types, else by the inferred ones.

    A cell that its type does not fit remains text, which the schema then refuses by its own message.
    """
    return [
        _conversion(name, kind, schema.by_name.get(name), depth, values)
        for name, kind in zip(names, types, strict=True)
    ]


def _conversion(name: str, kind: str, field: engine.Field | None, depth: int, values: int) -> Convert:
    declared = field.type if field else kind
    if name == "_id":
        return lambda text: ObjectId(text) if _ID.fullmatch(text) else text
    if declared in _JSON_TYPES or (field and field.many):
        return lambda text: _parsed(text, depth, values)
    if declared == "number":
        return _number
    if declared == "boolean":
        return lambda text: _BOOLEANS.get(text.lower(), text)
    return str


def _is_of(kind: str, text: str) -> bool:
    """Return whether a type takes a text: 31 February has the form of a date."""
    try:
        TYPES[kind](text)
    except ValueError:
        return False
    return True


def _number(text: str) -> Any:
    if _NUMBER.fullmatch(text):
        return int(text) if text.lstrip("-").isdigit() else float(text)
    return _parsed(text, 1, 1) if _JSON_NUMBER.fullmatch(text) else text


def _parsed(text: str, depth: int, values: int) -> Any:
    """Return the value of a text, or the text itself where it is not JSON or exceeds the limits."""
    try:
        return loads(text.encode(), depth=depth, values=values)
    except (engine.Invalid, engine.TooLarge):
        return text
