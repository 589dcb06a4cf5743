"""Cursors: the position at which a page ended, as signed text that continues the same list only."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Any

import bson
from bson.errors import BSONError

from engine.errors import Error, Invalid

_MAC_BYTES = 16
_MAX_LENGTH = 8_192
_DOMAIN = b"datacube cursor 1"


class Cursors:
    """Signs and verifies cursors with one key. A cursor is bound to its `context`."""

    def __init__(self, key: bytes) -> None:
        self._key = hmac.digest(key, _DOMAIN, hashlib.sha256)

    def write(self, position: dict[str, Any], *, context: dict[str, Any]) -> str:
        """Return the position as text. Its values keep their BSON types."""
        payload = bson.encode(position)
        return base64.urlsafe_b64encode(self._mac(payload, context) + payload).decode().rstrip("=")

    def read(self, text: str, *, context: dict[str, Any]) -> dict[str, Any]:
        """Return the position that `write` encoded with an equal context. Raises `Invalid`, naming `cursor`."""
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise _unknown() from error
        mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if len(text) > _MAX_LENGTH or not hmac.compare_digest(mac, self._mac(payload, context)):
            raise _unknown()
        try:
            return bson.decode(payload)
        except BSONError as error:
            raise _unknown() from error

    def _mac(self, payload: bytes, context: dict[str, Any]) -> bytes:
        bound = hashlib.sha256(bson.encode(context)).digest()
        return hmac.digest(self._key, bound + payload, hashlib.sha256)[:_MAC_BYTES]


def _unknown() -> Error:
    return Invalid.of_field("cursor", "The cursor does not belong to this list, or is damaged.")
