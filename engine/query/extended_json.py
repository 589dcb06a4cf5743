"""MongoDB's extended JSON: BSON values as objects such as `{"$date": "…"}` and `{"$oid": "…"}`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from bson import Decimal128, json_util
from bson.errors import BSONError

from engine.schema.types import CoercionError, to_datetime

LITERALS = frozenset({"$date", "$oid", "$numberLong", "$numberInt", "$numberDouble", "$numberDecimal", "$binary"})
_WRAPPERS = LITERALS | {"$timestamp", "$regularExpression", "$uuid"}
_READ = json_util.JSONOptions(tz_aware=False)
_WRITE = {True: json_util.CANONICAL_JSON_OPTIONS, False: json_util.RELAXED_JSON_OPTIONS}
_RANGES = {"$numberInt": range(-(2**31), 2**31), "$numberLong": range(-(2**63), 2**63)}


def is_wrapper(value: Any) -> bool:
    """Return whether an object stands for one BSON value."""
    return type(value) is dict and len(value) == 1 and next(iter(value)) in _WRAPPERS


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
        decoded = json_util.object_hook({name: operand}, _READ)
    except (BSONError, ArithmeticError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise CoercionError(f"This is not a valid {name} of extended JSON.") from error
    is_invalid_date = name == "$date" and (not isinstance(operand, int) or type(operand) is bool)
    if is_invalid_date or decoded == {name: operand} or not _is_kept(name, decoded):
        raise CoercionError(f"This is not a valid {name} of extended JSON.")
    return decoded


def _is_kept(name: str, value: Any) -> bool:
    """Return whether a value can be stored as every other one: finite, and in its range."""
    if name in _RANGES:
        return int(value) in _RANGES[name]  # a range looks for a subclass of int one by one
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, Decimal128) or value.to_decimal().is_finite()


def encode(document: Mapping[str, Any], *, canonical: bool) -> bytes:
    """Return one document on one line. Relaxed JSON has plain numbers, and dates as ISO text in their wrapper."""
    options = _WRITE[canonical]
    dates = {name: to_datetime(value) for name, value in document.items() if type(value) is date}
    return json_util.dumps(
        {**document, **dates}, json_options=options, ensure_ascii=False, separators=(",", ":")
    ).encode()
