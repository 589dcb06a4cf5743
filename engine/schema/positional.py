"""Update paths to elements of arrays: the parts `$`, `$[]` and `$[name]`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_PART = re.compile(r"\$(?:\[(?P<name>(?:[a-z][a-zA-Z0-9]*)?)\])?")
MATCHED = "$"


def is_positional(path: str) -> bool:
    """Return whether a part of the path, after the first, stands for elements of an array."""
    return any(map(_PART.fullmatch, path.split(".")[1:]))


def with_indexes(path: str) -> str:
    """Return the path with an index in place of each positional part."""
    first, *names = path.split(".")
    return ".".join([first, *("0" if _PART.fullmatch(name) else name for name in names)])


def without_positions(path: str) -> str:
    """Return the path as a filter has it, which looks into arrays by itself."""
    first, *names = path.split(".")
    return ".".join([first, *(name for name in names if not _PART.fullmatch(name))])


def arrays_by_name(path: str) -> dict[str, str]:
    """Return, by the name in `$[name]` or by `$`, the path of the array whose elements the part stands for."""
    names = path.split(".")
    arrays = {}
    for index, part in enumerate(names[1:], 1):
        match = _PART.fullmatch(part)
        if match and (name := MATCHED if match["name"] is None else match["name"]):
            arrays[name] = without_positions(".".join(names[:index]))
    return arrays


def uses_match(statement: Any) -> bool:
    """Return whether MongoDB must evaluate the filter and the statement together, as `$` is the filter's match."""
    if not isinstance(statement, Mapping):
        return False
    return any(MATCHED in path.split(".")[1:] for fields in statement.values() for path in fields)


def filter_names(raw: Any) -> set[str]:
    """Return the names that the conditions of an array filter begin with."""
    names: set[str] = set()
    stack = [raw]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack += item
        elif isinstance(item, Mapping):
            stack += (value for key, value in item.items() if key in ("$and", "$or", "$nor"))
            names |= {key.partition(".")[0] for key in item if not key.startswith("$")}
    return names
