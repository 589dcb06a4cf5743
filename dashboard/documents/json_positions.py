"""JSON that people write: where it breaks, and on which line what a fault is about stands."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from django.conf import settings

import engine


@dataclass(frozen=True)
class Mark:
    """A fault with its place in the text, from 1; 0 where it has none."""

    text: str
    line: int = 0
    column: int = 0


class Faulty(Exception):
    """What is wrong with a text."""

    def __init__(self, marks: list[Mark]) -> None:
        super().__init__(marks[0].text)
        self.marks = marks


def parse(text: str) -> Any:
    """The value; raises `Faulty` with the place at which the text breaks."""
    try:
        raw = text.encode("utf-8", "surrogatepass")
        return engine.loads(raw, depth=settings.MAX_DEPTH, values=settings.MAX_BODY_VALUES)
    except (engine.Invalid, engine.TooLarge) as problem:
        cause = problem.__cause__
        if isinstance(cause, orjson.JSONDecodeError):
            raise Faulty([Mark(f"{cause.msg[:1].upper()}{cause.msg[1:]}.", cause.lineno, cause.colno)]) from problem
        key = re.search(r": '(.*)'\.$", problem.message)
        if problem.errors and not key:
            raise Faulty(marks(text, problem.errors)) from problem
        raise Faulty([Mark(problem.message, *_last_place(text, key[1] if key else ""))]) from problem


def marks(text: str, faults: Iterable[engine.FieldError], *, root: str = "") -> list[Mark]:
    """The faults of an engine's error, each at the line of the member that it names."""
    return [_mark(text, fault, root) for fault in faults]


def _mark(text: str, fault: engine.FieldError, root: str) -> Mark:
    path = fault.field.removeprefix(root).removeprefix(".")
    line, column = _place(text, path) if path else (0, 0)
    return Mark(f"{path}: {fault.message}" if path else fault.message, line, column)


def _place(text: str, path: str) -> tuple[int, int]:
    """Of a path's members each behind the one before; what is not found leaves the place where the last one is."""
    at, found = 0, -1
    for name in path.split("."):
        member = re.compile(re.escape(_quoted(name)) + r"\s*:").search(text, at)
        if member is None:
            break
        at = found = member.start()
        at += 1
    return _line_of(text, found)


def _last_place(text: str, name: str) -> tuple[int, int]:
    """Where a name that is there twice stands the second time."""
    if not name:
        return 0, 0
    found = [*re.finditer(re.escape(_quoted(name)) + r"\s*:", text)]
    return _line_of(text, found[-1].start() if found else -1)


def _line_of(text: str, at: int) -> tuple[int, int]:
    if at < 0:
        return 0, 0
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _quoted(name: str) -> str:
    return orjson.dumps(name).decode()
