"""Where in a statement an error is, as far as the words of the error say so."""

from __future__ import annotations

import re

_NAMES = re.compile(r'near "(.+)": syntax error|no such (?:column|table|function): (?:main\.)?(.+)', re.DOTALL)


def position_of(error: str, statement: str) -> tuple[int, int] | None:
    """Return line and column, from 1, of what an error names; None unless it occurs once."""
    match = _NAMES.fullmatch(error)
    if match is None:
        return None
    name = match[1] or match[2]
    places = [*re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", statement)]
    if len(places) != 1:
        return None
    before = statement[: places[0].start()]
    return before.count("\n") + 1, len(before) - before.rfind("\n")
