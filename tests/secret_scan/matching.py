"""Finds secrets in bytes, in plain, URL-encoded and base64 form, by one look-up for each token-shaped word."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from accounts import keys

# Shorter words occur by chance.
MIN_LENGTH = 12
_MIN_PART = 16
# Words of base64, which has more characters than the other words; those are looked up in the distinct ones.
_LONG = re.compile(rb"[A-Za-z0-9+/_-]{%d,}" % MIN_LENGTH)
_WORD = re.compile(rb"[A-Za-z0-9_-]{%d,}" % MIN_LENGTH)
_PART = re.compile(rb"[A-Za-z0-9]{%d,}" % _MIN_PART)
_KEY = re.compile(rb"dc_[A-Za-z0-9]{8}_[A-Za-z0-9]{32}_[A-Za-z0-9]{6}(?![A-Za-z0-9])")
# What stands for one character in an address or in JSON: it separates words, although it has letters.
_ESCAPE = re.compile(rb"%[0-9A-Fa-f]{2}|\\(?:u[0-9A-Fa-f]{4}|[a-z])")
# Four characters of base64 stand for three of ASCII, whose first bits are 0.
_ASCII_IN_BASE64 = re.compile(
    rb"(?:[A-Za-f][A-HQ-Xg-nw-z0-3][ABEFIJMNQRUVYZcdghklopstwx014589][A-Za-z0-9+/_-]){5,}[A-Za-z0-9+/_-]{0,3}"
)
_LINE_OF_MAIL = re.compile(rb"(?<=[A-Za-z0-9+/]{76})\r?\n(?=[A-Za-z0-9+/])")
_STANDARD = bytes.maketrans(b"-_", b"+/")


@dataclass(frozen=True)
class Needles:
    """The kinds of the secrets, by the word that identifies each."""

    kinds: dict[bytes, str]

    @classmethod
    def of(cls, secrets: Iterable[tuple[str, str]]) -> Needles:
        """Return the needles of (kind, secret); a secret without a word of MIN_LENGTH cannot be searched."""
        return cls({needle: kind for kind, secret in secrets if (needle := needle_of(secret))})

    def search(self, text: bytes) -> set[str]:
        """Return the kinds of the secrets in a text, and of API keys that nobody has recorded."""
        words = _words(text)
        return self._of_words(words) | self._of_words(_words(b" ".join(_decoded(words))))

    def _of_words(self, words: set[bytes]) -> set[str]:
        text = b" ".join(words)
        known = self.kinds.keys() & {*_WORD.findall(text), *_PART.findall(text)}
        is_key = any(keys.public_id(key.decode()) for key in _KEY.findall(text))
        return {*(self.kinds[word] for word in known), *(["API key"] if is_key else [])}


def needle_of(secret: str) -> bytes:
    """Return the part of a secret that no encoding of addresses changes: its longest word, empty if it is short.

    The signature stands for a JWT, whose other parts are not secret.
    """
    text = secret.encode()
    if text.startswith(b"eyJ") and text.count(b".") == 2:
        text = text.rpartition(b".")[2]
    return max(_PART.findall(text) or _WORD.findall(text), key=len, default=b"")


def _words(text: bytes) -> set[bytes]:
    """Return the distinct words of a text, without what escapes other characters."""
    if b"base64" in text:
        text = _LINE_OF_MAIL.sub(b"", text)
    return {*_LONG.findall(_ESCAPE.sub(b" ", text))}


def _decoded(words: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the ASCII texts that words are in base64."""
    for word in words:
        if match := _ASCII_IN_BASE64.match(word):
            digits = match[0].translate(_STANDARD)
            yield binascii.a2b_base64(digits[: -1 if len(digits) % 4 == 1 else None] + b"==")
