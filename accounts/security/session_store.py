"""Browser sessions in the SQL database, which does not reveal them: keys are hashed and data is encrypted."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.utils import timezone

from accounts.security.encryption import Cipher

_DATA = Cipher("datacube browser sessions 1")
# The length of the column; 160 bits.
_KEY_LENGTH = 40


class SessionStore(db.SessionStore):
    """Django's sessions, found by the hash of the key that is in the browser's cookie."""

    def exists(self, session_key: str) -> bool:
        return super().exists(hashed(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        row = super().create_model_instance(data)
        row.session_key = hashed(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        """Delete the session of a key, by default this one."""
        key = session_key or self.session_key
        if key is not None:
            super().delete(hashed(key))

    def encode(self, session_dict: dict[str, Any]) -> str:
        return _DATA.encrypt(json.dumps(session_dict))

    def decode(self, session_data: str | bytes) -> dict[str, Any]:
        """Return the data of a session; it is empty if SECRET_KEY has changed."""
        text = _DATA.decrypt(session_data if isinstance(session_data, str) else session_data.decode())
        data: dict[str, Any] = json.loads(text) if text else {}
        return data

    def _get_session_from_db(self) -> AbstractBaseSession | None:
        key = self.session_key
        rows = self.model.objects.filter(session_key=hashed(key or ""), expire_date__gt=timezone.now())
        row: AbstractBaseSession | None = rows.first()
        if row is None:
            self._session_key = None
        return row


def hashed(key: str) -> str:
    """Return the stored form of a session key. It is random, and needs no slow hash."""
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()[:_KEY_LENGTH]
