"""Patterns that find a word whatever its case, its accents and the composition of its characters."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

# A pattern of MongoDB has at most 32,764 bytes; a letter with its accented forms takes up to 200.
MAX_FOLDED = 100
# Latin with its extensions, Greek and Cyrillic: where letters with accents are characters of their own.
_COMPOSED = (*range(0x00C0, 0x0250), *range(0x0370, 0x0530), *range(0x1E00, 0x2000))
_MARKS = "[\u0300-\u036f]*"


def pattern(word: str) -> str:
    """Return a regular expression for the option `i`. Beyond `MAX_FOLDED` characters accents count."""
    if len(word) > MAX_FOLDED:
        return re.escape(word)
    decomposed = unicodedata.normalize("NFD", word)
    letters = [letter for letter in decomposed if not unicodedata.combining(letter)]
    return "".join(_with_accents(letter) for letter in letters) or re.escape(word)


def _with_accents(letter: str) -> str:
    forms = _forms().get(letter.lower(), "")
    if not forms:
        return re.escape(letter)
    return f"[{letter}{forms}]{_MARKS}"


@cache
def _forms() -> dict[str, str]:
    """The accented forms of each letter, by the letter in lower case."""
    found: dict[str, str] = {}
    for code in _COMPOSED:
        base = unicodedata.normalize("NFD", chr(code))[0].lower()
        if base != chr(code).lower():
            found[base] = found.get(base, "") + chr(code)
    return found
