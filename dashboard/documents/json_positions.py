"""Parse errors of JSON text, and the lines that validation errors refer to."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from django.conf import settings

import engine
from engine.encoding import loads

# The name is written as a literal of Python.
_REPEATED = re.compile(r"The JSON names a key twice in one object: (.+)\.")


@dataclass(frozen=True)
class Mark:
    """An error with its position in the text, counted from 1; 0 if it has none."""

    text: str
    line: int = 0
    column: int = 0


class InvalidJson(Exception):
    """Errors of a JSON text, as marks."""

    def __init__(self, marks: list[Mark]) -> None:
        super().__init__(marks[0].text)
        self.marks = marks


def parse(text: str) -> Any:
    """Return the parsed value. Raises `InvalidJson` with the position of the error."""
    try:
        raw = text.encode("utf-8", "surrogatepass")
        return loads(raw, depth=settings.MAX_DEPTH, values=settings.MAX_BODY_VALUES)
    except (engine.Invalid, engine.TooLarge) as error:
        cause = error.__cause__
        if isinstance(cause, orjson.JSONDecodeError):
            raise InvalidJson(
                [Mark(f"{cause.msg[:1].upper()}{cause.msg[1:]}.", cause.lineno, cause.colno)]
            ) from error
        errors = error.errors or [engine.FieldError("", error.message)]
        raise InvalidJson([_parse_mark(text, item) for item in errors]) from error


def _parse_mark(text: str, error: engine.FieldError) -> Mark:
    """Return a parse error with its position. A repeated name is marked where it occurs last."""
    repeated = _REPEATED.fullmatch(error.message)
    if repeated is None:
        return _mark(text, error, "")
    return Mark(error.message, *_last_position(text, ast.literal_eval(repeated[1])))


def marks(text: str, errors: Iterable[engine.FieldError], *, root: str = "") -> list[Mark]:
    """Return validation errors, each with the position of the member that it names."""
    return [_mark(text, error, root) for error in errors]


def _mark(text: str, error: engine.FieldError, root: str) -> Mark:
    path = error.field.removeprefix(root).removeprefix(".")
    line, column = _position(text, path) if path else (0, 0)
    return Mark(f"{path}: {error.message}" if path else error.message, line, column)


def _position(text: str, path: str) -> tuple[int, int]:
    """Return the position of the deepest member of the path that the text has."""
    at, start = 0, -1
    for key in path.split("."):
        member = re.compile(re.escape(_quoted(key)) + r"\s*:").search(text, at)
        if member is None:
            break
        at = start = member.start()
        at += 1
    return _line_of(text, start)


def _last_position(text: str, name: str) -> tuple[int, int]:
    """Return the position of the last member of this name."""
    matches = [*re.finditer(re.escape(_quoted(name)) + r"\s*:", text)]
    return _line_of(text, matches[-1].start() if matches else -1)


def _line_of(text: str, at: int) -> tuple[int, int]:
    if at < 0:
        return 0, 0
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _quoted(name: str) -> str:
    return orjson.dumps(name).decode()
