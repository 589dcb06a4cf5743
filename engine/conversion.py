"""What a stored value becomes when its field gets another type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bson import Decimal128, ObjectId

from engine.codec import plain
from engine.fields import Field
from engine.values import Wrong, as_python

_WORDS = {"true": True, "false": False, 1: True, 0: False}


def converted(value: Any, field: Field) -> Any:
    """As the field stores it; raises `Wrong` for what cannot be one of its values. Nothing is rounded or
    guessed.
    """
    given = as_python(value)
    try:
        return field.coerce(given)
    except Wrong:
        other = _OTHERWISE.get(field.type)
        if field.many and not isinstance(given, list):
            return field.coerce([given])
        if other is None:
            raise
        return field.coerce(other(given))


def _to_string(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal128 | ObjectId):
        return str(value)
    return plain(value) if isinstance(value, datetime | bytes) else value


def _to_number(value: Any) -> Any:
    text = str(value) if isinstance(value, Decimal128) else value
    if type(text) is not str or len(text) > 40 or text != text.strip() or "_" in text:
        return value
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return value


def _to_boolean(value: Any) -> Any:
    known = type(value) in (str, int, float) and value in _WORDS
    return _WORDS[value] if known else value


_OTHERWISE: Mapping[str, Callable[[Any], Any]] = {
    "string": _to_string,
    "enum": _to_string,
    "number": _to_number,
    "autonumber": _to_number,
    "boolean": _to_boolean,
}
