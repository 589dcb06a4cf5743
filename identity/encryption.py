"""Encryption of stored third-party secrets, with a key derived from SECRET_KEY."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_PURPOSE = b"datacube issuer keys 1"


def encrypt(secret: str) -> str:
    """Encrypt a secret."""
    return _cipher().encrypt(secret.encode()).decode()


def decrypt(text: str) -> str | None:
    """Decrypt a secret; return None if it was encrypted with another SECRET_KEY or is damaged."""
    try:
        return _cipher().decrypt(text.encode()).decode()
    except InvalidToken:
        return None


def _cipher() -> Fernet:
    derivation = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=_PURPOSE)
    return Fernet(base64.urlsafe_b64encode(derivation.derive(settings.SECRET_KEY.encode())))
