"""Values as clients send them, cast to the types of attributes: text to numbers, dates and ids."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from dialects.communibase.entity_types.model import DATE, ID, INTEGERS, NO_ID, NUMBERS, OBJECT_ID
from engine.encoding import dumps
from engine.schema import TYPES

_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d{1,18}\.?\d{0,18}|\.\d{1,18})([eE][+-]?\d{1,2})?", re.ASCII)
_BOOLEANS: Mapping[Any, bool] = {"true": True, "1": True, 1: True, "false": False, "0": False, 0: False}
_MAX_MILLISECONDS = 8_640_000_000_000_000
_NO_DATE = "Must be an ISO 8601 date, such as 2023-10-27 or 2023-10-27T10:00:00Z."


def _text(value: Any) -> str:
    if type(value) is str:
        return value
    if type(value) in (int, float, bool):
        return dumps(value).decode()
    raise ValueError("Must be a string.")


def _number(value: Any) -> int | float:
    if type(value) in (int, float):
        number: int | float = value
        return number
    if type(value) is str and _INTEGER.fullmatch(value):
        return int(value)
    if type(value) is str and _NUMBER.fullmatch(value):
        return float(value)
    raise ValueError("Must be a number.")


def _integer(value: Any) -> int:
    number = _number(value)
    if number != int(number):
        raise ValueError("Must be a whole number.")
    return int(number)


def _boolean(value: Any) -> bool:
    if type(value) is bool:
        return value
    if type(value) in (str, int) and value in _BOOLEANS:
        return _BOOLEANS[value]
    raise ValueError("Must be true or false.")


def _date(value: Any) -> datetime:
    if type(value) is int and abs(value) <= _MAX_MILLISECONDS:
        try:
            return datetime(1970, 1, 1) + timedelta(milliseconds=value)
        except OverflowError as error:
            raise ValueError("The date is out of range.") from error
    if type(value) is not str:
        raise ValueError(_NO_DATE)
    timestamp: datetime = TYPES["datetime"](value)
    return timestamp


def _id(value: Any) -> ObjectId:
    if type(value) is not str or not ID.fullmatch(value):
        raise ValueError(NO_ID)
    return ObjectId(value)


_CASTS: Mapping[str, Callable[[Any], Any]] = {
    "string": _text,
    **dict.fromkeys(NUMBERS, _number),
    **dict.fromkeys(INTEGERS, _integer),
    "boolean": _boolean,
    DATE: _date,
    OBJECT_ID: _id,
}


def cast(value: Any, kind: str) -> Any:
    """Return a value of one of SCALARS as it is stored; an empty text is null, except for text.

    Raises `ValueError` with the error's text.
    """
    if value is None or (value == "" and kind != "string"):
        return None
    return _CASTS[kind](value)
