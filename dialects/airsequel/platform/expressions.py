"""Expressions of SQL in definitions of tables: literals, and lists of allowed values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from engine.encoding import too_small, vanishes

# Comments, texts and quoted names, in which no keyword counts.
_QUOTED = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\[[^\]]*\]", re.DOTALL)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_WORDS = {"NULL": None, "TRUE": True, "FALSE": False}
_CHECK = re.compile(r"\bCHECK\s*\(", re.IGNORECASE)
_NAME = r"""(?:"(?:[^"]|"")+"|`[^`]+`|\[[^\]]+\]|\w+)"""
_TEXT = r"'(?:[^']|'')*'"
_LIST = re.compile(
    rf"\s*({_NAME})\s+IN\s*\(\s*((?:{_TEXT}|[\w.+-]+)(?:\s*,\s*(?:{_TEXT}|[\w.+-]+))*)\s*\)\s*", re.IGNORECASE
)
_ITEM = re.compile(rf"{_TEXT}|[\w.+-]+")
_MAX_DIGITS = 18


class NotLiteralError(ValueError):
    """An expression is no literal."""


class NumberLostError(NotLiteralError):
    """A number would be stored as 0."""


@dataclass(frozen=True)
class Check:
    """A CHECK constraint. `values` are those that it allows in `column`; it has neither where it says more."""

    text: str
    column: str = ""
    values: tuple[Any, ...] = ()


def without_quoted(text: str) -> str:
    """Return SQL in which comments, texts and quoted names are blanks; places stay."""
    return _QUOTED.sub(lambda match: " " * len(match[0]), text)


def literal(text: str) -> Any:
    """Return the value of a literal; NULL is None. Raises `NotLiteralError`."""
    text = text.strip()
    if re.fullmatch(_TEXT, text, re.DOTALL):
        return text[1:-1].replace("''", "'")
    if _NUMBER.fullmatch(text):
        is_real = any(mark in text.lower() for mark in ".e") or len(text.lstrip("+-")) > _MAX_DIGITS
        if is_real and vanishes(text):
            raise NumberLostError(too_small(text))
        return float(text) if is_real else int(text)
    if text.upper() in _WORDS:
        return _WORDS[text.upper()]
    raise NotLiteralError(text)


def checks_of(definition: str) -> Iterator[Check]:
    """Yield the CHECK constraints of a CREATE TABLE statement."""
    bare = without_quoted(definition)
    for match in _CHECK.finditer(bare):
        text = definition[match.end() : _closing(bare, match.end())]
        yield _check(text)


def _check(text: str) -> Check:
    match = _LIST.fullmatch(text)
    if match is None:
        return Check(text)
    try:
        values: Sequence[Any] = [literal(item) for item in _ITEM.findall(match[2])]
    except NotLiteralError:
        return Check(text)
    return Check(text, _unquoted(match[1]), tuple(values))


def _closing(bare: str, start: int) -> int:
    """Return the place of the parenthesis that closes the one before `start`."""
    depth = 1
    for place in range(start, len(bare)):
        depth += {"(": 1, ")": -1}.get(bare[place], 0)
        if depth == 0:
            return place
    return len(bare)


def _unquoted(name: str) -> str:
    if name[0] == '"':
        return name[1:-1].replace('""', '"')
    return name[1:-1] if name[0] in "`[" else name
