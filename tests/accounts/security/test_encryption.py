"""Secrets as they are stored."""

from __future__ import annotations

from typing import Any

from accounts.security.encryption import Cipher

CIPHER = Cipher("tests")


def test_a_secret_comes_back() -> None:
    stored = CIPHER.encrypt("sécret")
    assert "sécret" not in stored
    assert stored != CIPHER.encrypt("sécret")
    assert CIPHER.decrypt(stored) == "sécret"


def test_another_secret_key_or_purpose_does_not_decrypt_it(settings: Any) -> None:
    stored = CIPHER.encrypt("secret")
    assert Cipher("others").decrypt(stored) is None
    settings.SECRET_KEY = "another one"
    assert CIPHER.decrypt(stored) is None


def test_a_damaged_text_is_no_secret() -> None:
    stored = CIPHER.encrypt("secret")
    assert [CIPHER.decrypt(text) for text in (stored[:-4], "é", "")] == [None, None, None]
