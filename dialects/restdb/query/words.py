"""Patterns that match a word regardless of case, accents and Unicode composition."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

# MongoDB's patterns have at most 32,764 bytes; a letter with its accented forms takes up to 200.
MAX_FOLDED = 100
# Latin with its extensions, Greek and Cyrillic: scripts with precomposed accented letters.
_COMPOSED = (*range(0x00C0, 0x0250), *range(0x0370, 0x0530), *range(0x1E00, 0x2000))
_MARKS = "[\u0300-\u036f]*"


def pattern(word: str) -> str:
    """Return a regular expression for the option `i`.

    Words of more than `MAX_FOLDED` characters match with their accents.
    """
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
    """Return the accented forms of each letter, by the letter in lower case."""
    forms: dict[str, str] = {}
    for code in _COMPOSED:
        base = unicodedata.normalize("NFD", chr(code))[0].lower()
        if base != chr(code).lower():
            forms[base] = forms.get(base, "") + chr(code)
    return forms
