"""Encryption of stored secrets, with keys that are derived from SECRET_KEY."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


@dataclass(frozen=True)
class Cipher:
    """Encrypts the secrets of one purpose, which has a key of its own."""

    purpose: str

    def encrypt(self, secret: str) -> str:
        """Encrypt a secret."""
        return self._fernet().encrypt(secret.encode()).decode()

    def decrypt(self, text: str) -> str | None:
        """Decrypt a secret; return None if it has another purpose or SECRET_KEY, or is damaged."""
        try:
            return self._fernet().decrypt(text.encode()).decode()
        except InvalidToken:
            return None

    def _fernet(self) -> Fernet:
        derivation = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=self.purpose.encode())
        return Fernet(base64.urlsafe_b64encode(derivation.derive(settings.SECRET_KEY.encode())))
