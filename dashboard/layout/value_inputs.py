"""Values in forms: the input for a type, and submitted text as a JSON value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

import engine
from engine.encoding import dumps, loads, plain
from web.requests.body import json_text

# Kinds of values, as the form names them for undeclared fields.
KINDS = {"text": "text", "number": "number", "bool": "true or false", "null": "null", "json": "JSON"}
_KIND_OF_TYPE = {
    **{"number": "number", "boolean": "bool", "date": "date", "null": "null"},
    **dict.fromkeys(("object", "array", "json", "regex"), "json"),
}


@dataclass(frozen=True)
class ValueInput:
    """The input for a value. `kind` selects the control, `free` allows to choose the kind."""

    kind: str
    text: str
    choices: tuple[str, ...] = ()
    free: bool = False


def control(field: engine.Field | None, value: Any) -> ValueInput:
    """Return the input of a value: by the declared type of its field, else by the value."""
    if field is None:
        return ValueInput(_kind_of(value), as_text(value), free=True)
    if field.enum is not None and all(type(item) is str for item in field.enum):
        return ValueInput("choice", as_text(value), choices=field.enum)
    kind = "json" if field.many else _KIND_OF_TYPE.get(field.type, "text")
    return ValueInput(kind, as_json(value) if kind == "json" else as_text(value))


def typed(kind: str, text: str) -> Any:
    """Return submitted text as a JSON value, before schema conversion.

    Raises `Invalid`, or `TooLarge` for JSON beyond a limit; both name `value`.
    """
    match kind:
        case "null":
            return None
        case "bool":
            return _boolean(text)
        case "number":
            return _number(text)
        case "json":
            return json_text("value", text) if text.strip() else None
        case "text":
            return text.replace("\r\n", "\n")
        case "date" | "choice":
            return text or None
        case _:
            raise engine.Invalid.of_field("value", "Unknown kind of value.")


def _boolean(text: str) -> bool | None:
    match text.strip():
        case "":
            return None
        case "true":
            return True
        case "false":
            return False
    raise engine.Invalid.of_field("value", "Must be true or false.")


def _number(text: str) -> Any:
    if not text.strip():
        return None
    try:
        number = loads(text.strip().encode(), depth=1)
    except (engine.Invalid, engine.TooLarge, UnicodeEncodeError) as error:
        raise engine.Invalid.of_field("value", "Must be a number, such as 12 or 3.5.") from error
    if type(number) not in (int, float):
        raise engine.Invalid.of_field("value", "Must be a number, such as 12 or 3.5.")
    return number


def as_text(value: Any) -> str:
    """Return a value as editable text."""
    match value:
        case None:
            return ""
        case str():
            return value
        case datetime() | date():
            return value.isoformat()
        case dict() | list():
            return as_json(value)
        case _:
            return dumps(value).decode().strip('"')


def as_json(value: Any) -> str:
    """Return indented JSON."""
    return orjson.dumps(plain(value), option=orjson.OPT_INDENT_2).decode()


def _kind_of(value: Any) -> str:
    match value:
        case None | str() | datetime() | date():
            return "text"
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case dict() | list():
            return "json"
        case _:
            return "text"
