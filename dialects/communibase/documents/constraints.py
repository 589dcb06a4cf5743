"""Constraints of attributes on their values: lengths, lists and ranges."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dialects.communibase.entity_types.model import DATE, NUMBERS, Attribute
from engine.errors import Code, Message
from engine.schema import TYPES, equal_json

_MAX_SHOWN = 20


def constraint_error(value: Any, attribute: Attribute) -> str:
    """Return why a cast value, or an array of them, breaks a constraint, or an empty text."""
    if type(value) is str and not attribute.is_array:
        return _length_error(len(value), attribute, "characters") or _allowable_error(value, attribute)
    if type(value) is list:
        return _length_error(len(value), attribute, "elements")
    return _allowable_error(value, attribute)


def _length_error(length: int, attribute: Attribute, unit: str) -> str:
    minimum, maximum = (attribute.raw.get(name) for name in ("minLength", "maxLength"))
    if minimum is not None and length < minimum:
        return Message(f"Must have at least {minimum} {unit}.", Code.MIN)
    if maximum is not None and length > maximum:
        return Message(f"Must have at most {maximum} {unit}.", Code.MAX)
    return ""


def _allowable_error(value: Any, attribute: Attribute) -> str:
    allowable = attribute.allowable
    match allowable.get("valueType"):
        case "List" if not any(equal_json(value, item) for item in allowable["values"]):
            listed = ", ".join(map(str, allowable["values"][:_MAX_SHOWN]))
            rest = ", …" if len(allowable["values"]) > _MAX_SHOWN else ""
            return Message(f"Must be one of {listed}{rest}.", Code.ENUM)
        case "Range":
            return _range_error(value, attribute)
    return ""


def _range_error(value: Any, attribute: Attribute) -> str:
    minimum, maximum = (_bound(attribute.allowable.get(name), attribute) for name in ("min", "max"))
    if not isinstance(value, int | float | datetime):
        return ""
    if minimum is not None and value < minimum:
        return Message(f"Must be at least {attribute.allowable['min']}.", Code.MIN)
    if maximum is not None and value > maximum:
        return Message(f"Must be at most {attribute.allowable['max']}.", Code.MAX)
    return ""


def _bound(raw: Any, attribute: Attribute) -> Any:
    """Return a bound in the type of the attribute, or None."""
    if attribute.element_type == DATE and type(raw) is str:
        return TYPES["datetime"](raw)
    return raw if attribute.element_type in NUMBERS and type(raw) in (int, float) else None
