"""The invented documents that every target is measured with, about 300 bytes each."""

from __future__ import annotations

import random
from typing import Any

COUNT = 100_000
# Every target has these indexes, so that none sorts in memory.
INDEXES = ([("email", 1), ("_id", 1)], [("active", 1), ("email", 1), ("_id", 1)])


def document(number: int) -> dict[str, Any]:
    rng = random.Random(number)
    return {
        "name": f"Person {number:07}",
        "email": email(number),
        "age": rng.randrange(18, 90),
        "active": rng.random() < 0.5,
        "score": round(rng.random() * 100, 3),
        "tags": rng.sample(["red", "green", "blue", "amber", "violet"], 2),
        "address": {"street": f"{rng.randrange(1, 300)} Long Street", "city": "Springfield", "zip": "12345"},
        "note": "x" * 60,
    }


def email(number: int) -> str:
    return f"person{number:07}@example.com"
