"""Numbers in the text of a statement that SQLite would read as 0."""

from __future__ import annotations

import re

from engine.encoding import may_vanish, too_small, vanishes
from engine.errors import FieldError, invalid

# Comments, texts and quoted names, which may lack their end; words; and numbers.
_TOKEN = re.compile(
    r"""--[^\n]*|/\*(?:.*?\*/|.*)|'[^']*+(?:'|\Z)|"[^"]*+(?:"|\Z)|`[^`]*+(?:`|\Z)|\[[^\]]*+(?:\]|\Z)
    |[^\W\d][\w$]*|(?P<number>(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?)""",
    re.VERBOSE | re.DOTALL,
)


def check_numbers(statement: str) -> None:
    """Raise `Invalid` with every number of a statement that is not 0 but would be stored as 0."""
    if not may_vanish(statement.replace("_", "").encode()):
        return
    numbers = (match["number"] for match in _TOKEN.finditer(statement))
    errors = [FieldError("query", too_small(number)) for number in numbers if number and vanishes(number)]
    if errors:
        raise invalid(errors)
