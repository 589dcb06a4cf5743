"""Values that people type: the control that suits a type, and what was typed as a value of JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

import engine
from web.parsing import json_text

# What the kinds of a value are called where a field is not declared.
KINDS = {"text": "text", "number": "number", "bool": "true or false", "null": "null", "json": "JSON"}
_OF_TYPES = {
    **{"number": "number", "boolean": "bool", "date": "date", "null": "null"},
    **dict.fromkeys(("object", "array", "json", "regex"), "json"),
}


@dataclass(frozen=True)
class Control:
    """How a value is asked for: `kind` names the input, `free` says whether the kind may be chosen."""

    kind: str
    text: str
    choices: tuple[str, ...] = ()
    free: bool = False


def control(field: engine.Field | None, value: Any) -> Control:
    """For a declared field by its type, else by what is there."""
    if field is None:
        return Control(_kind_of(value), as_text(value), free=True)
    if field.enum is not None and all(type(item) is str for item in field.enum):
        return Control("choice", as_text(value), choices=field.enum)
    kind = "json" if field.many else _OF_TYPES.get(field.type, "text")
    return Control(kind, as_json(value) if kind == "json" else as_text(value))


def typed(kind: str, text: str) -> Any:
    """What was typed, as JSON has it; the schema makes the rest of it. Raises `Invalid`, naming `value`."""
    match kind:
        case "null":
            return None
        case "bool":
            return {"true": True, "false": False}.get(text)
        case "number":
            return _number(text)
        case "json":
            return json_text("value", text) if text.strip() else None
        case "text":
            return text.replace("\r\n", "\n")
        case "date" | "choice":
            return text or None
        case _:
            raise engine.Invalid.of_field("value", "There is no such kind of value.")


def _number(text: str) -> Any:
    if not text.strip():
        return None
    try:
        found = engine.loads(text.strip().encode(), depth=1)
    except engine.Invalid as problem:
        raise engine.Invalid.of_field("value", "Must be a number, such as 12 or 3.5.") from problem
    if type(found) not in (int, float):
        raise engine.Invalid.of_field("value", "Must be a number, such as 12 or 3.5.")
    return found


def as_text(value: Any) -> str:
    """A value as one would type it."""
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
            return engine.dumps(value).decode().strip('"')


def as_json(value: Any) -> str:
    """For people to read and change."""
    return orjson.dumps(engine.plain(value), option=orjson.OPT_INDENT_2).decode()


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
