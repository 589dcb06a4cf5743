"""The text of an API key: `dc_<public id>_<secret>_<checksum>`, and of an API token, `ast_` and the same parts.

An API token has no underscores between its parts, as programs of its dialect may expect it.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
import zlib
from dataclasses import dataclass, field

PREFIX, TOKEN_PREFIX = "dc", "ast"
PUBLIC_ID_LENGTH = 8
SECRET_LENGTH = 32  # base62: 190 random bits
CHECKSUM_LENGTH = 6  # a CRC-32 in base62
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_FORM = re.compile(
    f"(?P<body>{PREFIX}_(?P<id>[0-9A-Za-z]{{{PUBLIC_ID_LENGTH}}})_[0-9A-Za-z]{{{SECRET_LENGTH}}})"
    f"_(?P<checksum>[0-9A-Za-z]{{{CHECKSUM_LENGTH}}})"
)


@dataclass(frozen=True)
class KeyText:
    """A new key. `text` is shown once; `public_id` and `digest` are stored."""

    public_id: str
    digest: str
    text: str = field(repr=False)


def make() -> KeyText:
    """Generate a key with a random public id and secret."""
    return renew(_random(PUBLIC_ID_LENGTH))


def make_token() -> KeyText:
    """Generate an API token with a random public id and secret."""
    return renew(_random(PUBLIC_ID_LENGTH), prefix=TOKEN_PREFIX)


def renew(public_id: str, *, prefix: str = PREFIX) -> KeyText:
    """Generate a key or token with a random secret and the public id that it has."""
    joint = "" if prefix == TOKEN_PREFIX else "_"
    body = f"{prefix}_{public_id}{joint}{_random(SECRET_LENGTH)}"
    text = f"{body}{joint}{_checksum(body)}"
    return KeyText(public_id, digest(text), text)


def digest(text: str) -> str:
    """Return the SHA-256 in hex; a random key needs no slow hash."""
    return hashlib.sha256(text.encode()).hexdigest()


def public_id(text: str) -> str | None:
    """Return the public id in a key's text, or None if its form or checksum is wrong (checked without a query)."""
    if text.startswith(f"{TOKEN_PREFIX}_"):
        return _public_id_of_token(text)
    form = _FORM.fullmatch(text)
    return form["id"] if form and form["checksum"] == _checksum(form["body"]) else None


def display_text(public_id: str, *, prefix: str = PREFIX) -> str:
    """Return the form shown in lists: the beginning of the key, with its public id, and an ellipsis."""
    return f"{prefix}_{public_id}..."


def _public_id_of_token(text: str) -> str | None:
    start = len(TOKEN_PREFIX) + 1
    body, checksum = text[:-CHECKSUM_LENGTH], text[-CHECKSUM_LENGTH:]
    secret = body[start:]
    if len(secret) != PUBLIC_ID_LENGTH + SECRET_LENGTH or not (text.isascii() and secret.isalnum()):
        return None
    return secret[:PUBLIC_ID_LENGTH] if checksum == _checksum(body) else None


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _checksum(body: str) -> str:
    number, text = zlib.crc32(body.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        text = ALPHABET[digit] + text
    return text
