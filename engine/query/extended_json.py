"""MongoDB's extended JSON: BSON values as objects such as `{"$date": "…"}` and `{"$oid": "…"}`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from bson import Binary, Int64, ObjectId, json_util

from engine.encoding.json import vanishes
from engine.schema.types import TYPES, CoercionError, as_python, to_datetime, to_object_id

LITERALS = frozenset({"$date", "$oid", "$numberLong", "$numberInt", "$numberDouble", "$numberDecimal", "$binary"})
_WRITE = {True: json_util.CANONICAL_JSON_OPTIONS, False: json_util.RELAXED_JSON_OPTIONS}
_INTEGER = re.compile(r"-?\d{1,19}", re.ASCII)
_DOUBLE = re.compile(r"-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SUBTYPE = re.compile(r"[0-9a-fA-F]{1,2}")
_ANY = re.compile(r".*", re.DOTALL)


def is_wrapper(value: Any) -> bool:
    """Return whether an object stands for one BSON value."""
    return type(value) is dict and len(value) == 1 and next(iter(value)) in _READERS


def is_literal(value: Any) -> bool:
    """Return whether an object stands for a value in a filter or an expression."""
    return type(value) is dict and len(value) == 1 and next(iter(value)) in LITERALS


def with_literals(expression: Any) -> Any:
    """Return a checked expression with its literals as values; what `$literal` holds is unchanged."""
    if type(expression) is list:
        return [with_literals(item) for item in expression]
    if type(expression) is not dict:
        return expression
    if is_literal(expression):
        return decode_one(expression)
    return {name: value if name == "$literal" else with_literals(value) for name, value in expression.items()}


def decode(value: Any) -> Any:
    """Return JSON with its wrappers replaced by values. Raises `CoercionError` for an invalid wrapper."""
    if type(value) is list:
        return [decode(item) for item in value]
    if type(value) is not dict:
        return value
    decoded = {name: decode(item) for name, item in value.items()}
    return decode_one(decoded) if is_wrapper(value) else decoded


def decode_one(value: Mapping[str, Any]) -> Any:
    """Return the value that a wrapper stands for. Raises `CoercionError`."""
    ((name, operand),) = value.items()
    if name == "$date" and type(operand) is str:
        return to_datetime(operand)
    if type(operand) is dict:
        operand = {key: decode(item) for key, item in operand.items()} if name != "$date" else decode(operand)
    try:
        return _READERS[name](operand)
    except (ArithmeticError, ValueError) as error:
        raise CoercionError(f"This is not a valid {name} of extended JSON.") from error


def _text(raw: Any, form: re.Pattern[str] = _ANY) -> str:
    if type(raw) is not str or not form.fullmatch(raw):
        raise ValueError("no text of this form")
    return raw


def _members(raw: Any, *names: str) -> dict[str, Any]:
    if type(raw) is not dict or raw.keys() != {*names}:
        raise ValueError("no object of these members")
    return raw


def _date(raw: Any) -> datetime:
    if type(raw) not in (int, Int64):
        raise ValueError("no whole number of milliseconds")
    return datetime(1970, 1, 1) + timedelta(milliseconds=raw)


def _object_id(raw: Any) -> ObjectId:
    return to_object_id(_text(raw))


def _int32(raw: Any) -> int:
    number = int(_text(raw, _INTEGER))
    if not -(2**31) <= number < 2**31:
        raise ValueError("beyond 32 bits")
    return number


def _int64(raw: Any) -> Int64:
    number = int(_text(raw, _INTEGER))
    if not -(2**63) <= number < 2**63:
        raise ValueError("beyond 64 bits")
    return Int64(number)


def _double(raw: Any) -> float:
    number = float(_text(raw, _DOUBLE))
    if math.isinf(number) or vanishes(raw):
        raise ValueError("too large or too small for a double")
    return number


def _decimal(raw: Any) -> Any:
    return TYPES["decimal128"](_text(raw))


def _binary(raw: Any) -> bytes:
    members = _members(raw, "base64", "subType")
    data, subtype = TYPES["binary"](_text(members["base64"])), int(_text(members["subType"], _SUBTYPE), 16)
    return Binary(data, subtype) if subtype else data


def _uuid(raw: Any) -> Binary:
    return Binary.from_uuid(UUID(_text(raw, _UUID)))


def _timestamp(raw: Any) -> Any:
    return TYPES["timestamp"]({name: as_python(part) for name, part in _members(raw, "t", "i").items()})


def _regex(raw: Any) -> Any:
    return TYPES["regex"](_members(raw, "pattern", "options"))


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "$date": _date,
    "$oid": _object_id,
    "$numberInt": _int32,
    "$numberLong": _int64,
    "$numberDouble": _double,
    "$numberDecimal": _decimal,
    "$binary": _binary,
    "$uuid": _uuid,
    "$timestamp": _timestamp,
    "$regularExpression": _regex,
}


def encode(document: Mapping[str, Any], *, canonical: bool) -> bytes:
    """Return one document on one line. Relaxed JSON has plain numbers, and dates as ISO text in their wrapper."""
    options = _WRITE[canonical]
    dates = {name: to_datetime(value) for name, value in document.items() if type(value) is date}
    return json_util.dumps(
        {**document, **dates}, json_options=options, ensure_ascii=False, separators=(",", ":")
    ).encode()
