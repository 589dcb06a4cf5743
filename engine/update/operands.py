"""Operands of the update operators, each checked and coerced by a function of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.encoding.shape import path_error
from engine.errors import Invalid, Message
from engine.query.filter import UNCHECKED_PATTERN, compile_condition
from engine.schema.fields import Field
from engine.schema.positional import is_positional, without_positions
from engine.schema.schema import COERCED_OPERANDS
from engine.schema.types import TYPES, CoercionError
from engine.update.state import UpdateState

_NUMBERS = frozenset({"number", "decimal128"})
_ORDERED = _NUMBERS | {"string", "boolean", "date", "datetime", "objectid", "timestamp"}
_ARRAYS = frozenset({"array", "json"})
_MAX_INT32 = 2**31 - 1


def _depth(path: str) -> int:
    return path.count(".") + 1


def _set(at: UpdateState, operand: Any, *, path: str, location: str, field: Field | None, **_: Any) -> Any:
    return at.coerced(field, at.literal(operand, location, depth=_depth(path)), location)


def _unset(at: UpdateState, operand: Any, *, location: str, field: Field | None, **_: Any) -> Any:
    if operand is not True and operand != "" and not (type(operand) is int and operand == 1):
        at.error(location, 'Must be true, 1 or "".')
    if field is not None and field.required:
        at.error(location, Message.required())
    return ""


def _arithmetic(at: UpdateState, operand: Any, *, name: str, path: str, location: str, field: Field | None) -> Any:
    if not at.fits(field, _NUMBERS, name, location):
        return operand
    if name == "$mul" or type(operand) is not int:
        # A sum of whole numbers stays one, or is refused by MongoDB; all else may become infinite.
        at.mark_unchecked(path)
    try:
        return TYPES["number" if field is None else field.type](at.literal(operand, location, depth=_depth(path)))
    except CoercionError as error:
        at.error(location, str(error))
        return operand


def _bound(at: UpdateState, operand: Any, *, name: str, path: str, location: str, field: Field | None) -> Any:
    if not at.fits(field, _ORDERED, name, location):
        return operand
    return at.coerced(field, at.literal(operand, location, depth=_depth(path)), location)


def _rename(at: UpdateState, operand: Any, *, path: str, location: str, field: Field | None, **_: Any) -> Any:
    if field is not None and field.required:
        at.error(location, Message.required())
    if type(operand) is not str:
        at.error(location, "Must be the new name.")
        return ""
    if is_positional(path) or is_positional(operand):
        at.error(location, "What is inside elements of arrays cannot be renamed.")
        return ""
    target = at.touch(operand, location)
    if target is None and field is not None and field.type in COERCED_OPERANDS | {"regex"}:
        at.error(location, f"A {field.type} can be renamed to a declared field alone; undeclared fields hold JSON.")
    if target is not None or "." in operand:
        # It may be of another type than declared, or lie deeper than is allowed.
        at.mark_unchecked(operand)
    return operand


def _current_date(at: UpdateState, operand: Any, *, name: str, location: str, field: Field | None, **_: Any) -> Any:
    kind = "date" if operand is True else operand.get("$type") if type(operand) is dict else None
    if kind not in ("date", "timestamp") or (type(operand) is dict and len(operand) > 1):
        at.error(location, 'Must be true, {"$type": "date"} or {"$type": "timestamp"}.')
        return operand
    at.fits(field, frozenset({"date", "datetime"} if kind == "date" else {"timestamp"}), name, location)
    if field is not None:
        return {"$type": kind}
    if kind == "timestamp":
        at.error(location, "Declare the field as a timestamp; undeclared fields have the values of JSON alone.")
    return f"{at.now.isoformat(timespec='milliseconds')}Z"


def _push(at: UpdateState, operand: Any, *, name: str, path: str, location: str, field: Field | None) -> Any:
    if not at.fits(field, _ARRAYS, name, location):
        return operand
    depth = _depth(path) + 1
    if type(operand) is not dict or not any(key.startswith("$") for key in operand):
        return _elements(at, field, [at.literal(operand, location, depth=depth)], location)[0]
    modifiers = {}
    for key, value in operand.items():
        check = _MODIFIERS[name].get(key)
        if check is None:
            at.error(f"{location}.{key}", f"{key} is not allowed here.")
        else:
            modifiers[key] = check(at, value, f"{location}.{key}", depth)
    if "$each" not in operand:
        at.error(location, "Needs $each beside the others.")
    else:
        modifiers["$each"] = _elements(at, field, modifiers["$each"], f"{location}.$each")
    return modifiers


def _elements(at: UpdateState, field: Field | None, values: list[Any], location: str) -> list[Any]:
    """Coerce the elements; those of a reference with `many` are ids."""
    return at.coerced(field, values, location) if field is not None and field.many else values


def _pull(at: UpdateState, operand: Any, *, name: str, path: str, location: str, field: Field | None) -> Any:
    if not at.fits(field, _ARRAYS, name, location):
        return operand
    try:
        array = without_positions(path)
        condition, uses = compile_condition(operand, at.schema, path=array, root=location, limits=at.limits)
        if uses and is_positional(path):
            at.error(location, UNCHECKED_PATTERN)
        at.regex_uses += uses
        return condition
    except Invalid as error:
        for item in error.errors:
            at.error(item.field, item.message)
        return operand


def _pop(at: UpdateState, operand: Any, *, name: str, location: str, field: Field | None, **_: Any) -> Any:
    if at.fits(field, _ARRAYS, name, location) and (type(operand) is not int or operand not in (1, -1)):
        at.error(location, "Must be 1, for the last element, or -1, for the first.")
    return operand


def _each(at: UpdateState, value: Any, location: str, depth: int) -> Any:
    if type(value) is not list:
        at.error(location, "Must be an array.")
        return []
    return at.literal(value, location, depth=depth - 1)


def _array_position(at: UpdateState, value: Any, location: str, depth: int) -> Any:
    if type(value) is not int or not -_MAX_INT32 <= value <= _MAX_INT32:
        at.error(location, f"Must be a whole number from -{_MAX_INT32} to {_MAX_INT32}.")
    return value


def _order(at: UpdateState, value: Any, location: str, depth: int) -> Any:
    ways = value if type(value) is dict and value else {"": value}
    if any(type(way) is not int or way not in (1, -1) for way in ways.values()):
        at.error(location, "Must be 1 or -1, or an object that gives each field 1 or -1.")
    for path in ways if ways is value else ():
        if text := path_error(path, limits=at.limits):
            at.error(f"{location}.{path}", text)
    return value


_MODIFIERS: Mapping[str, Mapping[str, Callable[..., Any]]] = {
    "$push": {"$each": _each, "$slice": _array_position, "$position": _array_position, "$sort": _order},
    "$addToSet": {"$each": _each},
}


OPERANDS: Mapping[str, Callable[..., Any]] = {
    "$set": _set,
    "$unset": _unset,
    "$inc": _arithmetic,
    "$mul": _arithmetic,
    "$min": _bound,
    "$max": _bound,
    "$rename": _rename,
    "$currentDate": _current_date,
    "$push": _push,
    "$addToSet": _push,
    "$pull": _pull,
    "$pop": _pop,
    "$setOnInsert": _set,
}
