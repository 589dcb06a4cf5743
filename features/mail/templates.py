"""Templates of mails: names in double braces, and no code."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from typing import Any

import engine
from engine import placeholders

# None of these scans a part of the text twice: each ends where the next tag could begin.
_CODE = re.compile(r"<(script|style)\b", re.IGNORECASE)
_ENDS = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in ("script", "style")}
_BREAK = re.compile(r"<(br|/p|/div|/li|/tr|/h[1-6])\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def render(template: str, values: Mapping[str, Any], *, max_bytes: int) -> str:
    """Return HTML with the values escaped; a name without a value is empty.

    Raises `TooLarge` beyond `max_bytes`.
    """
    return _render(template, lambda path: html.escape(_text(values, path)), max_bytes=max_bytes)


def render_line(template: str, values: Mapping[str, Any], *, max_bytes: int) -> str:
    """Return one line of plain text, such as a subject. Raises `TooLarge` beyond `max_bytes`."""
    return _CONTROL.sub(" ", _render(template, lambda path: _text(values, path), max_bytes=max_bytes)).strip()


def _render(template: str, value: Callable[[str], str], *, max_bytes: int) -> str:
    text = placeholders.fill(template, value, max_length=max_bytes, syntax=placeholders.PLAIN_NAME)
    if len(text.encode(errors="replace")) > max_bytes:
        raise engine.TooLarge(f"The template gives more than {max_bytes} bytes.")
    return text


def _text(values: Mapping[str, Any], path: str) -> str:
    """Return a value as text, empty for what is no single value."""
    for value in placeholders.values_at(values, path, in_arrays=False):
        if not isinstance(value, Mapping | list):
            return str(value).lower() if type(value) is bool else str(value)
    return ""


def sample_values(*templates: str) -> dict[str, Any]:
    """Return values for the names in templates. Each name is its own value."""
    values: dict[str, Any] = {}
    syntax = placeholders.PLAIN_NAME
    for path in dict.fromkeys(name for text in templates for name in placeholders.names(text, syntax=syntax)):
        *parents, last = path.split(".")
        level: Any = values
        for name in parents:
            level = level.setdefault(name, {}) if isinstance(level, dict) else None
        if isinstance(level, dict):
            level.setdefault(last, path)
    return values


def as_text(markup: str) -> str:
    """Return the text of a mail for programs that do not show HTML. Takes time linear in its length."""
    lines = _BREAK.sub("\n", _without_code(markup))
    return html.unescape(_TAG.sub("", lines)).strip()


def _without_code(markup: str) -> str:
    """Remove scripts and styles. An element that is not closed extends to the end, as in browsers."""
    parts, end = [], 0
    while opening := _CODE.search(markup, end):
        parts.append(markup[end : opening.start()])
        closing = _ENDS[opening[1].lower()].search(markup, opening.end())
        if closing is None:
            return "".join(parts)
        end = closing.end()
    return "".join([*parts, markup[end:]])
