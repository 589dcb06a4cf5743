"""The field types: how a JSON value becomes what is stored, and why it cannot."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from bson import Decimal128, ObjectId, Regex, Timestamp

from engine.codec import name_fault, plain

_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?")
_HEX = re.compile(r"[0-9a-fA-F]{24}")
_REGEX_LETTERS = {"i": re.I, "m": re.M, "s": re.S, "u": re.U, "x": re.X, "l": re.L}
MAX_NAME = 100
MISSING: Any = object()


class Wrong(ValueError):
    """A value does not fit its type; the text says what is expected."""


def _exactly(*types: type, text: str) -> Callable[[Any], Any]:
    def coerce(value: Any) -> Any:
        if type(value) not in types:
            raise Wrong(text)
        return value

    return coerce


def to_datetime(value: Any) -> datetime:
    """A naive datetime in UTC, to the millisecond, which is what BSON keeps; text without a zone is UTC."""
    if type(value) is date:
        return datetime.combine(value, time())
    if not isinstance(value, datetime):
        value = _parse_iso(value)
    if value.tzinfo is not None:
        try:
            value = value.astimezone(UTC).replace(tzinfo=None)
        except OverflowError as problem:
            raise Wrong("The date is out of range.") from problem
    return value.replace(microsecond=value.microsecond // 1000 * 1000)


def _parse_iso(value: Any) -> datetime:
    if type(value) is not str or not _ISO.fullmatch(value):
        raise Wrong("Must be an ISO 8601 date, such as 2023-10-27 or 2023-10-27T10:00:00Z.")
    try:
        return datetime.fromisoformat(value)
    except ValueError as problem:
        raise Wrong("There is no such date or time.") from problem


def to_object_id(value: Any) -> ObjectId:
    if isinstance(value, ObjectId):
        return value
    if type(value) is not str or not _HEX.fullmatch(value):
        raise Wrong("Must be an id of 24 hexadecimal digits.")
    return ObjectId(value)


def _to_number(value: Any) -> Any:
    if type(value) is int or (type(value) is float and math.isfinite(value)):
        return value
    raise Wrong("Must be a number.")


def _to_binary(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        if type(value) is str:
            return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as problem:
        raise Wrong("Must be text in base64.") from problem
    raise Wrong("Must be text in base64.")


def _to_decimal(value: Any) -> Decimal128:
    if isinstance(value, Decimal128):
        return value
    try:
        if type(value) in (str, int, float) and Decimal(str(value)).is_finite():
            return Decimal128(str(value))
    except (InvalidOperation, ArithmeticError) as problem:
        raise Wrong("Must be a decimal number of at most 34 digits.") from problem
    raise Wrong('Must be a decimal number, best as text, such as "12.50".')


def _to_regex(value: Any) -> Regex:
    if isinstance(value, Regex):
        return value
    if type(value) is not dict or not {"pattern"} <= value.keys() <= {"pattern", "options"}:
        raise Wrong('Must be an object such as {"pattern": "^a", "options": "i"}.')
    pattern, letters = value["pattern"], value.get("options", "")
    if type(pattern) is not str or "\0" in pattern or type(letters) is not str or set(letters) - set("imsx"):
        raise Wrong('"pattern" must be text without NUL, "options" letters of "imsx".')
    return Regex(pattern, sum(_REGEX_LETTERS[letter] for letter in set(letters)))


def _to_timestamp(value: Any) -> Timestamp:
    if isinstance(value, Timestamp):
        return value
    if type(value) is dict and value.keys() == {"t", "i"}:
        parts = (value["t"], value["i"])
        if all(type(part) is int and 0 <= part < 2**32 for part in parts):
            return Timestamp(*parts)
        raise Wrong('"t" and "i" must be integers from 0 to 4294967295.')
    moment = to_datetime(value)
    seconds = (moment - datetime(1970, 1, 1)).total_seconds()
    if seconds != int(seconds) or not 0 <= seconds < 2**32:
        raise Wrong("A timestamp is a whole second from 1970 to 2106.")
    return Timestamp(int(seconds), 0)


TYPES: Mapping[str, Callable[[Any], Any]] = {
    "string": _exactly(str, text="Must be a string."),
    "number": _to_number,
    "object": _exactly(dict, text="Must be an object."),
    "array": _exactly(list, text="Must be an array."),
    "boolean": _exactly(bool, text="Must be true or false."),
    "date": to_datetime,
    "datetime": to_datetime,
    "null": _exactly(type(None), text="Must be null."),
    "binary": _to_binary,
    "objectid": to_object_id,
    "decimal128": _to_decimal,
    "regex": _to_regex,
    "timestamp": _to_timestamp,
}

# The least value of each type: a unique index covers what is at least that, so that null and absent values
# never clash and an equality query can still use the index.
LEAST: Mapping[str, Any] = {
    "string": "",
    "number": -math.inf,
    "boolean": False,
    "date": datetime(1, 1, 1),
    "datetime": datetime(1, 1, 1),
    "binary": b"",
    "objectid": ObjectId("0" * 24),
    "decimal128": -math.inf,
    "timestamp": Timestamp(0, 0),
}


@dataclass(frozen=True)
class Field:
    """One declared field of a collection; null and absence are the same to `required`."""

    name: str
    type: str = "string"
    required: bool = False
    unique: bool = False
    default: Any = MISSING
    enum: tuple[Any, ...] | None = None
    description: str = ""

    def coerce(self, value: Any) -> Any:
        """The value as it is stored; raises `Wrong`. Null passes unless the field is required."""
        if value is None:
            if self.required:
                raise Wrong("This field is required.")
            return None
        found = TYPES[self.type](value)
        if self.enum is not None and found not in self.enum:
            raise Wrong(f"Must be one of {', '.join(str(item) for item in self.enum)}.")
        return found

    def as_dict(self) -> dict[str, Any]:
        """The declaration in the words of the API; flags appear where they are set."""
        found: dict[str, Any] = {"name": self.name, "type": self.type}
        found |= {flag: True for flag in ("required", "unique") if getattr(self, flag)}
        if self.default is not MISSING:
            found["default"] = plain(self.default)
        if self.enum is not None:
            found["enum"] = plain(list(self.enum))
        if self.description:
            found["description"] = self.description
        return found


def parse_field(raw: Any) -> tuple[Field | None, list[tuple[str, str]]]:
    """A declaration `{name, type?, required?, unique?, default?, enum?, description?}`, or its faults by member."""
    if type(raw) is not dict:
        return None, [("", "A field must be an object with a name.")]
    unknown = raw.keys() - _PROPERTIES.keys() - {"default"}
    faults = [(key, "There is no such property of a field.") for key in sorted(unknown)]
    faults += [
        (key, text) for key, (kind, text) in _PROPERTIES.items() if key in raw and type(raw[key]) is not kind
    ]
    if not faults:
        faults = _declaration_faults(raw)
    if faults:
        return None, faults
    enum = tuple(TYPES[raw.get("type", "string")](item) for item in raw["enum"]) if "enum" in raw else None
    found = Field(**(raw | {"enum": enum}))
    if found.default is not MISSING:
        try:
            found = Field(**(raw | {"enum": enum, "default": found.coerce(found.default)}))
        except Wrong as problem:
            return None, [("default", str(problem))]
    return found, []


_PROPERTIES: Mapping[str, tuple[Any, str]] = {
    "name": (str, "Must be a string."),
    "type": (str, "Must be a string."),
    "required": (bool, "Must be true or false."),
    "unique": (bool, "Must be true or false."),
    "enum": (list, "Must be an array of the allowed values."),
    "description": (str, "Must be a string."),
}


def _declaration_faults(raw: Mapping[str, Any]) -> list[tuple[str, str]]:
    faults: list[tuple[str, str]] = []
    name, kind = raw.get("name", ""), raw.get("type", "string")
    if not 1 <= len(name) <= MAX_NAME:
        faults.append(("name", f"A field needs a name of 1 to {MAX_NAME} characters."))
    elif name in ("_id", "_sys"):
        faults.append(("name", f"The name {name!r} is reserved."))
    elif text := name_fault(name):
        faults.append(("name", text))
    if kind not in TYPES:
        return [*faults, ("type", f"Must be one of {', '.join(TYPES)}.")]
    if raw.get("unique") and kind not in LEAST:
        faults.append(("unique", f"A field of type {kind} cannot be unique."))
    faults += [
        (key, "Must not contain NUL.")
        for key in ("description", "default", "enum")
        if "\0" in str(raw.get(key, "")) or "\\x00" in repr(raw.get(key, ""))
    ]
    if "enum" in raw:
        faults += _enum_faults(raw["enum"], kind)
    return faults


def _enum_faults(values: list[Any], kind: str) -> list[tuple[str, str]]:
    if not values:
        return [("enum", "Must name at least one value.")]
    faults = []
    for index, value in enumerate(values):
        try:
            TYPES[kind](value)
        except Wrong as problem:
            faults.append((f"enum.{index}", str(problem)))
    return faults
