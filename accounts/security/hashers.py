"""The password hasher."""

from __future__ import annotations

from dataclasses import replace
from threading import BoundedSemaphore

from argon2 import Parameters
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher

# Hashes that a process computes at the same time; each takes PASSWORD_HASH_MEMORY_KIB.
MAX_AT_ONCE = 2
_slots = BoundedSemaphore(MAX_AT_ONCE)


class PasswordHasher(Argon2PasswordHasher):
    """Argon2id with two passes in one lane. Hashes with other parameters are replaced at the next login.

    With the default of 19 MiB these are the parameters that the OWASP Password Storage Cheat Sheet recommends.
    Logins need no credentials, so the memory of all hashes at once is bounded.
    """

    time_cost = 2
    parallelism = 1

    def params(self) -> Parameters:
        """Return the parameters of a new hash."""
        parameters: Parameters = super().params()
        return replace(parameters, memory_cost=settings.PASSWORD_HASH_MEMORY_KIB)

    def encode(self, password: str, salt: str) -> str:
        with _slots:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _slots:
            return super().verify(password, encoded)
