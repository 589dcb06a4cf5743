"""Texts with placeholders such as `{{address.city}}`. A name is looked up and replaced; nothing is executed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

# Any text without braces, for names of fields; or identifiers alone, so that other double braces stay as they are.
ANY_NAME = re.compile(r"\{\{([^{}]*)\}\}")
PLAIN_NAME = re.compile(r"\{\{\s*([\w.-]{1,200})\s*\}\}")


def names(template: str, *, syntax: re.Pattern[str] = ANY_NAME) -> list[str]:
    """Return the names in a template, in their order and as often as they occur."""
    return [match[1].strip() for match in syntax.finditer(template)]


def fill(template: str, value: Callable[[str], str], *, max_length: int, syntax: re.Pattern[str] = ANY_NAME) -> str:
    """Replace each name by its value.

    Stops once the text exceeds `max_length`: a short template can repeat a long value many times.
    """
    parts, length, end = [], 0, 0
    for match in syntax.finditer(template):
        parts += [template[end : match.start()], value(match[1].strip())]
        end = match.end()
        length += len(parts[-2]) + len(parts[-1])
        if length > max_length:
            return "".join(parts)
    return "".join([*parts, template[end:]])


def values_at(document: Mapping[str, Any], path: str, *, in_arrays: bool) -> list[Any]:
    """Return the values at a path that are not null, with `in_arrays` those of every element of an array."""
    values: list[Any] = [document]
    for name in path.split("."):
        values = [item.get(name) for item in values if isinstance(item, Mapping)]
        values = _elements(values) if in_arrays else values
    return [value for value in values if value is not None]


def rename(template: str, name: str, *, to: str) -> str:
    """Return the template with a field renamed, also where a name leads into it."""

    def renamed(match: re.Match[str]) -> str:
        return match[0].replace(name, to, 1) if match[1].strip().partition(".")[0] == name else match[0]

    return ANY_NAME.sub(renamed, template)


def _elements(values: Iterable[Any]) -> list[Any]:
    return [item for value in values for item in (value if isinstance(value, list) else [value])]
