"""Convert a stored value to the type that its field is declared with now.

Every conversion is exact: a number keeps its value, a text is read only where it is written as JSON writes such a
value, and a value becomes the text that the API shows for it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from bson import Decimal128, ObjectId, Regex, Timestamp

from engine.encoding.json import dumps, plain
from engine.encoding.shape import INT64
from engine.schema.fields import Field
from engine.schema.types import TYPES, CoercionError, as_python, to_datetime

_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d{1,4})?", re.ASCII)
_MAX_NUMBER_LENGTH = 400
_FINER_THAN_MILLISECONDS = re.compile(r"\.\d{3}\d*[1-9]")
_BOOLEANS = {"true": True, "false": False}
_STORED_ONLY = (date, bytes, ObjectId, Decimal128, Regex, Timestamp)


def converted(value: Any, field: Field) -> Any:
    """Return the value as the field stores it. Raises `CoercionError` without an exact counterpart in its type.

    A calendar date is passed as a `date`, as it is shown.
    """
    current = as_python(value)
    if field.many and not isinstance(current, list):
        current = [current]
    convert = _CONVERSIONS.get(field.type)
    return field.coerce(convert(current) if convert else current)


def _to_text(value: Any) -> Any:
    """Return the text that the API shows, for values that it shows as text, number or boolean."""
    if isinstance(value, bool | int | float):
        return dumps(value).decode()
    if isinstance(value, date | bytes | ObjectId | Decimal128 | Timestamp):
        return plain(value)
    return value


def _to_number(value: Any) -> Any:
    if isinstance(value, Decimal128):
        return _exact_number(value.to_decimal())
    if type(value) is str and len(value) <= _MAX_NUMBER_LENGTH and _NUMBER.fullmatch(value):
        return _exact_number(Decimal(value))
    return value


def _exact_number(value: Decimal) -> int | float:
    """Return the integer, or the one float whose shortest decimal form has the same value."""
    if value.is_finite() and value.as_tuple().exponent == 0 and int(value) in INT64:
        return int(value)
    if value.is_finite() and Decimal(repr(number := float(value))) == value:
        return number
    raise CoercionError("The number has more digits or a larger exponent than the type number holds exactly.")


def _to_decimal(value: Any) -> Any:
    if type(value) is str and (len(value) > _MAX_NUMBER_LENGTH or not _NUMBER.fullmatch(value)):
        raise CoercionError('Must be a decimal number written as JSON writes numbers, such as "12.50".')
    return value


def _to_boolean(value: Any) -> Any:
    return _BOOLEANS.get(value, value) if type(value) is str else value


def _to_instant(value: Any) -> Any:
    """Return a time to the millisecond; a finer one has no exact counterpart."""
    if type(value) is str and _FINER_THAN_MILLISECONDS.search(value):
        raise CoercionError("Must be a time to the millisecond; this one is finer.")
    if isinstance(value, Timestamp) and value.inc == 0:
        return value.as_datetime()
    return value


def _to_timestamp(value: Any) -> Any:
    return to_datetime(value) if isinstance(value, date) else _to_instant(value)


def _to_binary(value: Any) -> Any:
    if type(value) is str and base64.b64encode(TYPES["binary"](value)).decode() != value:
        raise CoercionError("Must be text in base64, without bits beyond the last byte.")
    return value


def _to_json(value: Any) -> Any:
    return plain(value) if isinstance(value, _STORED_ONLY) else value


_CONVERSIONS: Mapping[str, Callable[[Any], Any]] = {
    "string": _to_text,
    "email": _to_text,
    "url": _to_text,
    "enum": _to_text,
    "number": _to_number,
    "autonumber": _to_number,
    "boolean": _to_boolean,
    "decimal128": _to_decimal,
    "date": _to_instant,
    "datetime": _to_instant,
    "timestamp": _to_timestamp,
    "binary": _to_binary,
    "json": _to_json,
}
