"""The lock of a database's structure."""

from __future__ import annotations

from typing import Protocol

import engine

LOCKED = "The schema of this database is locked. Unlock it in its settings to change collections or fields."


class Lockable(Protocol):
    """The row of a database."""

    schema_locked: bool


def check_unlocked(row: Lockable) -> None:
    """Raise `Forbidden` if the structure of the database is locked."""
    if row.schema_locked:
        raise engine.Forbidden(LOCKED)
