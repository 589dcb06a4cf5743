"""Templates of mails: names in double braces, and nothing that is run."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from typing import Any

import engine

_NAME = re.compile(r"\{\{\s*([\w.-]{1,200})\s*\}\}")
# None of these reads a part of the text twice: each ends where the next tag could begin.
_CODE = re.compile(r"<(script|style)\b", re.IGNORECASE)
_ENDS = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in ("script", "style")}
_BREAK = re.compile(r"<(br|/p|/div|/li|/tr|/h[1-6])\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")


def filled(template: str, values: Mapping[str, Any], *, most: int) -> str:
    """HTML with the values in it, escaped; a name without a value is nothing. `TooLarge` beyond so many bytes."""
    return _filled(template, lambda path: html.escape(_text(values, path)), most=most)


def filled_line(template: str, values: Mapping[str, Any], *, most: int) -> str:
    """One line of plain text, as a subject is; `TooLarge` beyond so many bytes."""
    return _CONTROL.sub(" ", _filled(template, lambda path: _text(values, path), most=most)).strip()


def _filled(template: str, value: Callable[[str], str], *, most: int) -> str:
    """Stops as soon as it is too much: a short template can name a long value very often."""
    parts, size, at = [], 0, 0
    for found in _NAME.finditer(template):
        parts += [template[at : found.start()], value(found[1])]
        at = found.end()
        size += sum(len(part.encode(errors="replace")) for part in parts[-2:])
        if size > most:
            break
    parts.append(template[at:])
    if size + len(parts[-1].encode(errors="replace")) > most:
        raise engine.TooLarge(f"The template gives more than {most} bytes.")
    return "".join(parts)


def _text(values: Mapping[str, Any], path: str) -> str:
    found: Any = values
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    if found is None or isinstance(found, Mapping | list):
        return ""
    return str(found).lower() if type(found) is bool else str(found)


def sample_values(*templates: str) -> dict[str, Any]:
    """Return values for the names in templates: each name stands for itself."""
    values: dict[str, Any] = {}
    for path in dict.fromkeys(name for template in templates for name in _NAME.findall(template)):
        *parents, last = path.split(".")
        place: Any = values
        for name in parents:
            place = place.setdefault(name, {}) if isinstance(place, dict) else None
        if isinstance(place, dict):
            place.setdefault(last, path)
    return values


def as_text(markup: str) -> str:
    """The text of a mail for those who do not show HTML; in a time that grows with its length alone."""
    broken = _BREAK.sub("\n", _without_code(markup))
    return html.unescape(_TAG.sub("", broken)).strip()


def _without_code(markup: str) -> str:
    """What is opened and not closed lasts to the end, as for a browser."""
    kept, at = [], 0
    while opening := _CODE.search(markup, at):
        kept.append(markup[at : opening.start()])
        closing = _ENDS[opening[1].lower()].search(markup, opening.end())
        if closing is None:
            return "".join(kept)
        at = closing.end()
    return "".join([*kept, markup[at:]])
