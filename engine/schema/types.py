"""Field types: how a JSON value becomes a stored one, and why it cannot."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from urllib.parse import urlsplit

from bson import Decimal128, Int64, ObjectId, Regex, Timestamp

from engine.errors import Code, Message

_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,5})?", re.ASCII)
_MAX_DECIMAL_TEXT = 100
_HEX = re.compile(r"[0-9a-fA-F]{24}")
_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f.]+(\.[^@\s\x00-\x1f.]+)+")
_MAX_EMAIL = 254
_MAX_URL = 2_048
_REGEX_LETTERS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}


class CoercionError(ValueError):
    """A value does not fit its declaration. The text, a `Message`, says what is expected."""

    def __init__(self, text: str, code: Code = Code.TYPE) -> None:
        super().__init__(text)
        self.message = Message(text, code)

    def __str__(self) -> str:
        return self.message


def _exactly(*types: type, text: str) -> Callable[[Any], Any]:
    def coerce(value: Any) -> Any:
        if type(value) not in types:
            raise CoercionError(text)
        return value

    return coerce


def to_datetime(value: Any) -> datetime:
    """Return a naive datetime in UTC, to BSON's millisecond. Text without a zone is UTC."""
    if type(value) is date:
        return datetime.combine(value, time())
    timestamp = value if isinstance(value, datetime) else _parse_iso(value)
    if timestamp.tzinfo is not None:
        try:
            timestamp = timestamp.astimezone(UTC).replace(tzinfo=None)
        except OverflowError as error:
            raise CoercionError("The date is out of range.") from error
    return timestamp.replace(microsecond=timestamp.microsecond // 1000 * 1000)


def _parse_iso(value: Any) -> datetime:
    if type(value) is not str or not _ISO.fullmatch(value):
        raise CoercionError("Must be an ISO 8601 date, such as 2023-10-27 or 2023-10-27T10:00:00Z.")
    try:
        return datetime.fromisoformat(value)
    except ValueError as error:
        raise CoercionError("This date or time does not exist.") from error


def to_object_id(value: Any) -> ObjectId:
    if isinstance(value, ObjectId):
        return value
    if type(value) is not str or not _HEX.fullmatch(value):
        raise CoercionError("Must be an id of 24 hexadecimal digits.")
    return ObjectId(value)


def _to_number(value: Any) -> Any:
    if type(value) in (int, Int64) or (type(value) is float and math.isfinite(value)):
        return value
    raise CoercionError("Must be a number.")


def _to_binary(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        if type(value) is str:
            return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CoercionError("Must be text in base64.") from error
    raise CoercionError("Must be text in base64.")


def _to_decimal(value: Any) -> Decimal128:
    if isinstance(value, Decimal128):
        return value
    text = str(value) if type(value) in (str, int, float) else ""
    if len(text) > _MAX_DECIMAL_TEXT or not _DECIMAL.fullmatch(text):
        raise CoercionError('Must be a decimal number, best as text, such as "12.50".')
    try:
        return Decimal128(text)
    except ArithmeticError as error:
        raise CoercionError("Must be a decimal number of at most 34 digits, from 1E-6176 to 9E+6144.") from error


def _to_regex(value: Any) -> Regex[str]:
    if isinstance(value, Regex):
        return value
    if type(value) is not dict or not {"pattern"} <= value.keys() <= {"pattern", "options"}:
        raise CoercionError('Must be an object such as {"pattern": "^a", "options": "i"}.')
    pattern, letters = value["pattern"], value.get("options", "")
    known = type(letters) is str and set(letters) <= _REGEX_LETTERS.keys()
    if type(pattern) is not str or "\0" in pattern or not known:
        raise CoercionError('"pattern" must be text without NUL, "options" letters of "imsx".')
    return Regex(pattern, sum(_REGEX_LETTERS[letter] for letter in set(letters)))


def _to_timestamp(value: Any) -> Timestamp:
    if isinstance(value, Timestamp):
        return value
    if type(value) is dict and value.keys() == {"t", "i"}:
        parts = (value["t"], value["i"])
        # MongoDB writes its own clock where both are 0.
        if all(type(part) is int and 0 <= part < 2**32 for part in parts) and any(parts):
            return Timestamp(*parts)
        raise CoercionError('"t" and "i" must be integers from 0 to 4294967295, not both 0.')
    timestamp = to_datetime(value)
    seconds = (timestamp - datetime(1970, 1, 1)).total_seconds()
    if seconds != int(seconds) or not 0 < seconds < 2**32:
        raise CoercionError("A timestamp is a whole second after 1970-01-01T00:00:00Z, up to 2106.")
    return Timestamp(int(seconds), 0)


def _to_email(value: Any) -> str:
    if type(value) is str and len(value) <= _MAX_EMAIL and _EMAIL.fullmatch(value):
        return value
    raise CoercionError("Must be an e-mail address.")


def _to_url(value: Any) -> str:
    """Return the URL unchanged. Nothing is fetched."""
    if type(value) is str and len(value) <= _MAX_URL and value.isprintable() and " " not in value:
        try:
            parts = urlsplit(value)
            if parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port):
                return value
        except ValueError as error:
            raise CoercionError(_NO_URL) from error
    raise CoercionError(_NO_URL)


_NO_URL = f"Must be an absolute http or https URL of at most {_MAX_URL} characters."


def _to_json(value: Any) -> Any:
    """Return the value unchanged: a document is checked as a whole."""
    return value


def _to_autonumber(value: Any) -> Any:
    if type(value) is int:
        return value
    raise CoercionError("Must be a whole number.")


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
    "email": _to_email,
    "url": _to_url,
    "enum": _exactly(str, text="Must be a string."),
    "json": _to_json,
    "reference": to_object_id,
    "autonumber": _to_autonumber,
}


def equal_json(one: Any, other: Any) -> bool:
    """Return whether two values are equal as JSON: numbers by value, but never a number and a boolean."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal_json(one[name], other[name]) for name in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(equal_json, one, other))
    return bool(one == other)


def as_python(value: Any) -> Any:
    """Return a stored value in the type in which it was sent: the driver has its own for 64 bits."""
    return int(value) if isinstance(value, Int64) else value


def all_finite(value: Any) -> bool:
    """Return whether no number in a stored value is infinite or NaN, which arithmetic can produce."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            stack += item.values()
        elif isinstance(item, list):
            stack += item
        elif isinstance(item, Decimal128):
            if not item.to_decimal().is_finite():
                return False
        elif isinstance(item, float) and not math.isfinite(item):
            return False
    return True


def without_infinities(value: Any) -> Any:
    """Return the value with "Infinity", "-Infinity" and "NaN" in place of such floats, as decimals are shown."""
    if isinstance(value, dict):
        return {name: without_infinities(item) for name, item in value.items()}
    if isinstance(value, list):
        return [without_infinities(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


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
    "email": "",
    "url": "",
    "enum": "",
    "reference": ObjectId("0" * 24),
    "autonumber": -math.inf,
}
