"""The lock of a database's structure."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

import engine
from catalog.locking import LOCKED, check_unlocked


@dataclass
class Row:
    schema_locked: bool


def test_the_lock() -> None:
    check_unlocked(Row(schema_locked=False))
    with pytest.raises(engine.Forbidden) as raised:
        check_unlocked(Row(schema_locked=True))
    assert raised.value.message == LOCKED
