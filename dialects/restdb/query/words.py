"""Patterns that match a word regardless of case, accents and Unicode composition."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache

# MongoDB's patterns have at most 32,764 bytes; a letter with its accented forms takes up to 200.
MAX_FOLDED = 100
# Latin with its extensions, Greek and Cyrillic: scripts with precomposed accented letters.
_COMPOSED = (*range(0x00C0, 0x0250), *range(0x0370, 0x0530), *range(0x1E00, 0x2000))
# The last letter of Cyrillic: the letters up to it are of these three scripts.
_LAST_LETTER = "\u052f"
_MARKS = "\u0300-\u036f"


def pattern(word: str) -> str:
    """Return a regular expression for the option `i`. It matches the word in every composition.

    It ignores accents of Latin, Greek and Cyrillic letters, in words of at most `MAX_FOLDED` characters.
    """
    if len(word) > MAX_FOLDED:
        return _in_every_composition(word)
    parts: list[str] = []
    position = 0
    while position < len(word):
        if _takes_accents(word[position]):
            end = _end(word, position + 1, _is_mark)
            parts.append(_with_accents(word[position], word[position + 1 : end]))
        else:
            end = _end(word, position + 1, lambda letter: not _takes_accents(letter))
            parts.append(_in_every_composition(word[position:end]))
        position = end
    return "".join(parts)


def _end(word: str, start: int, belongs: Callable[[str], bool]) -> int:
    return next((index for index in range(start, len(word)) if not belongs(word[index])), len(word))


def _is_mark(letter: str) -> bool:
    """Check whether a character is a mark, whose order among others is not fixed."""
    return unicodedata.combining(_decomposed(letter)[0]) > 0


def _with_accents(letter: str, marks: str) -> str:
    """Return an expression for a letter with any accents, and with those marks."""
    base = _decomposed(letter)[0]
    letters = "".join(dict.fromkeys((letter, base)))
    others = "".join(
        dict.fromkeys(mark for mark in f"{marks}{_decomposed(marks)}" if not "\u0300" <= mark <= "\u036f")
    )
    return f"[{letters}{_forms().get(base.lower(), '')}][{_MARKS}{others}]*"


def _in_every_composition(text: str) -> str:
    forms = dict.fromkeys((text, unicodedata.normalize("NFC", text), _decomposed(text)))
    escaped = "|".join(map(re.escape, forms))
    return f"(?:{escaped})" if len(forms) > 1 else escaped


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def _takes_accents(letter: str) -> bool:
    base = _decomposed(letter)[0]
    return base.lower() in _forms() or (base.isalpha() and base <= _LAST_LETTER)


@cache
def _forms() -> dict[str, str]:
    """Return the accented forms of each letter, by the letter in lower case."""
    forms: dict[str, str] = {}
    for code in _COMPOSED:
        base = _decomposed(chr(code))[0].lower()
        if base != chr(code).lower():
            forms[base] = forms.get(base, "") + chr(code)
    return forms
