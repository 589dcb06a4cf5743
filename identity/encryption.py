"""Secrets of others that must be read again: kept encrypted under a key that is made of the installation's own."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_PURPOSE = b"datacube issuer keys 1"


def encrypt(secret: str) -> str:
    return _box().encrypt(secret.encode()).decode()


def decrypt(text: str) -> str | None:
    """None where it was sealed under another SECRET_KEY, or is damaged."""
    try:
        return _box().decrypt(text.encode()).decode()
    except InvalidToken:
        return None


def _box() -> Fernet:
    made = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=_PURPOSE)
    return Fernet(base64.urlsafe_b64encode(made.derive(settings.SECRET_KEY.encode())))
