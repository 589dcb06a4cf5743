"""Names of tables and columns as GraphQL identifiers, in the published double-X encoding.

Letters, digits and underscores stay as they are. `XX` introduces everything else: one character for the punctuation
of ASCII, five letters for another code point, `Y` and six letters for the highest ones, `Z` for a leading digit.
"""

from __future__ import annotations

import re
import string

# The punctuation of ASCII in its order, and the characters that stand for it.
_PUNCTUATION = " " + string.punctuation
_CODES = string.digits + string.ascii_uppercase[: len(_PUNCTUATION) - len(string.digits)]
_ENCODED = {character: f"XX{code}" for character, code in zip(_PUNCTUATION, _CODES, strict=True)}
_DECODED = dict(zip(_CODES, _PUNCTUATION, strict=True))
_TO_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_TO_DIGITS = str.maketrans("abcdefghijklmnop", "0123456789abcdef")
_SPECIAL = re.compile(r"XX|__|[^0-9A-Za-z_]")
_SEQUENCE = re.compile(r"XXXXXX|XX(?:([0-9A-W])|([a-p]{5})|Y([a-p]{6})|Z([0-9]))")
_FIVE_DIGITS = 0xFFFFF


def encode(name: str) -> str:
    """Return the GraphQL identifier of a name."""
    if name[:1] in tuple(string.digits):
        return f"XXZ{name[0]}{_SPECIAL.sub(_encoded, name[1:])}"
    return _SPECIAL.sub(_encoded, name)


def decode(identifier: str) -> str:
    """Return the name that an identifier stands for; sequences that `encode` does not write stay as they are."""
    return _SEQUENCE.sub(_decoded, identifier)


def _encoded(match: re.Match[str]) -> str:
    text = match[0]
    if text == "XX":
        return "XXXXXX"
    if text == "__":
        return _ENCODED["_"] * 2
    if text in _ENCODED:
        return _ENCODED[text]
    code = ord(text)
    return "XX" + (f"{code:05x}" if code <= _FIVE_DIGITS else f"Y{code:06x}").translate(_TO_LETTERS)


def _decoded(match: re.Match[str]) -> str:
    code, five, six, digit = match.groups()
    if code:
        return _DECODED[code]
    if five or six:
        return chr(int((five or six).translate(_TO_DIGITS), 16))
    return digit or "XX"
