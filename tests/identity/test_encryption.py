"""Secrets of identity providers as they are stored."""

from __future__ import annotations

from typing import Any

from identity.encryption import decrypt, encrypt


def test_a_secret_comes_back() -> None:
    stored = encrypt("sécret")
    assert "sécret" not in stored
    assert stored != encrypt("sécret")
    assert decrypt(stored) == "sécret"


def test_another_secret_key_does_not_decrypt_it(settings: Any) -> None:
    stored = encrypt("secret")
    settings.SECRET_KEY = "another one"
    assert decrypt(stored) is None


def test_a_damaged_text_is_no_secret() -> None:
    stored = encrypt("secret")
    assert decrypt(stored[:-4]) is None
    assert decrypt("é") is None
    assert decrypt("") is None
