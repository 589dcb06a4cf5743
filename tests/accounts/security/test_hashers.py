"""The password hasher: its parameters, and how many hashes a process computes at the same time."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher

from accounts.security.hashers import MAX_AT_ONCE, PasswordHasher


def test_a_hash_takes_19_mib_by_default(settings: Any) -> None:
    settings.PASSWORD_HASH_MEMORY_KIB = 19_456
    stored = PasswordHasher().encode("a-password", "a-salt-of-22-characters")
    assert stored.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_hash_of_other_parameters_is_verified_and_is_to_be_replaced(settings: Any) -> None:
    hasher = PasswordHasher()
    stored = hasher.encode("a-password", hasher.salt())
    assert not hasher.must_update(stored)
    settings.PASSWORD_HASH_MEMORY_KIB = 128
    assert hasher.must_update(stored)
    assert hasher.verify("a-password", stored)
    assert not hasher.verify("another", stored)


@pytest.mark.parametrize("method", ["encode", "verify"])
def test_hashes_wait_for_each_other(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    running, most, lock, full = 0, 0, Lock(), Event()

    def slow(*_: object) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            if running == MAX_AT_ONCE:
                full.set()
        assert full.wait(60)
        time.sleep(0.02)
        with lock:
            running -= 1

    monkeypatch.setattr(Argon2PasswordHasher, method, slow)
    call: Callable[[str, str], object] = getattr(PasswordHasher(), method)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: call(str(number), "x"), range(8)))
    assert most == MAX_AT_ONCE
