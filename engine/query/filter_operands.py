"""Operands of the filter operators that nest no conditions, each checked and coerced by a method of its own."""

from __future__ import annotations

import re
from typing import Any

from bson import ObjectId

from engine.encoding.shape import INT64, check_document
from engine.errors import FieldError, TooLarge
from engine.limits import Limits
from engine.query.extended_json import decode_one, is_literal
from engine.query.geometry import region_error
from engine.query.regex_guard import RegexUse
from engine.schema.schema import Schema
from engine.schema.types import CoercionError

_BSON_TYPES = frozenset(
    {"double", "string", "object", "array", "binData", "objectId", "bool", "date", "null", "regex"}
    | {"int", "timestamp", "long", "decimal", "number"}
)


class Ids(list[ObjectId]):
    """Ids read from documents, as the operand of `$in`: they count as one part of a filter."""


class FilterOperands:
    """Operands of one filter, with every error of it and the size of what was read so far."""

    def __init__(self, schema: Schema, *, limits: Limits) -> None:
        self.schema = schema
        self.limits = limits
        self.errors: list[FieldError] = []
        self.regex_uses: list[RegexUse] = []
        # In an array filter: the name that its paths begin with, and the path of the array.
        self.element_of: tuple[str, str] | None = None
        self._nodes = 0

    def _error(self, location: str, text: str) -> None:
        self.errors.append(FieldError(location, text))

    def _enter(self, location: str, depth: int, nodes: int) -> None:
        self._nodes += nodes
        if depth > self.limits.depth:
            raise TooLarge.of_field(location, f"The filter is deeper than {self.limits.depth} levels (MAX_DEPTH).")
        if self._nodes > self.limits.query_nodes:
            text = f"The filter has more than {self.limits.query_nodes} parts (MAX_QUERY_NODES)."
            raise TooLarge.of_field(location, text)

    def _literal(self, raw: Any, location: str, **at: Any) -> Any:
        """Return a plain value, which may be an object or list but holds no operator, or a literal of extended
        JSON.
        """
        if is_literal(raw):
            try:
                raw = decode_one(raw)
            except CoercionError as error:
                self._error(location, str(error))
                return None
        if type(raw) is dict or type(raw) is list:
            shape = check_document({"": raw}, limits=self.limits)
            for inner, text in shape:
                self._error(f"{location}.{inner}" if inner else location, text)
            self._enter(location, 1, _nodes(raw) if not shape else 1)
        elif type(raw) is int and raw not in INT64:
            self._error(location, "The integer does not fit in 64 bits.")
        try:
            return self.schema.coerce_operand(at["path"], raw)
        except CoercionError as error:
            self._error(location, str(error))
            return None

    def _list(self, raw: Any, location: str, **at: Any) -> list[Any]:
        if isinstance(raw, Ids):
            return [*raw]
        if type(raw) is not list:
            self._error(location, "Must be an array.")
            return []
        self._enter(location, 1, len(raw))
        return [self._literal(item, f"{location}.{index}", **at) for index, item in enumerate(raw)]

    def _boolean(self, raw: Any, location: str, **_: Any) -> Any:
        if type(raw) is not bool:
            self._error(location, "Must be true or false.")
        return raw

    def _size(self, raw: Any, location: str, **_: Any) -> Any:
        if type(raw) is not int or not 0 <= raw < 2**31:
            self._error(location, "Must be a whole number that is not negative.")
        return raw

    def _modulo(self, raw: Any, location: str, **_: Any) -> Any:
        whole = type(raw) is list and len(raw) == 2 and all(type(part) is int for part in raw)
        if not whole or raw[0] == 0 or any(part not in INT64 for part in raw):
            self._error(location, "Must be [divisor, remainder], whole numbers, the divisor not 0.")
        return raw

    def _type(self, raw: Any, location: str, **_: Any) -> Any:
        names = raw if type(raw) is list else [raw]
        if not names or not all(type(name) is str and name in _BSON_TYPES for name in names):
            self._error(location, f"Must be one or more of {', '.join(sorted(_BSON_TYPES))}.")
        return raw

    def _regex(self, raw: Any, location: str, **_: Any) -> Any:
        if type(raw) is not str or "\0" in raw:
            self._error(location, "Must be text without NUL.")
        elif len(raw) > self.limits.regex_length:
            self._error(location, f"Is longer than {self.limits.regex_length} characters (MAX_REGEX_LENGTH).")
        return raw

    def _within(self, raw: Any, location: str, **_: Any) -> Any:
        return self._region(raw, location, region_error(raw, circle=True))

    def _intersects(self, raw: Any, location: str, **_: Any) -> Any:
        return self._region(raw, location, region_error(raw, circle=False))

    def _region(self, raw: Any, location: str, error: str) -> Any:
        self._enter(location, 1, _nodes(raw))
        if error:
            self._error(location, error)
        return raw

    def _bits(self, raw: Any, location: str, **_: Any) -> Any:
        """Check a mask or the positions of bits."""
        locations = type(raw) is list and all(type(bit) is int and 0 <= bit < 64 for bit in raw)
        if not locations and not (type(raw) is int and 0 <= raw < 2**63):
            self._error(location, "Must be a mask that is not negative, or an array of places from 0 to 63.")
        elif locations:
            self._enter(location, 1, len(raw))
        return raw

    def _regex_options(self, raw: Any, location: str, **_: Any) -> Any:
        if type(raw) is not str or not re.fullmatch("[imsx]*", raw):
            self._error(location, 'Must be letters of "imsx".')
        return raw


def _nodes(value: Any) -> int:
    children = value.values() if type(value) is dict else value if type(value) is list else ()
    return 1 + sum(_nodes(child) for child in children)
