"""Positions of errors in statements."""

from __future__ import annotations

import pytest

from features.sql.positions import position_of


@pytest.mark.parametrize(
    ("error", "statement", "position"),
    [
        ('near "SELEC": syntax error', "SELEC 1", (1, 1)),
        ('near ")": syntax error', "SELECT\n  count(*))", None),
        ('near "FRO": syntax error', "SELECT a\n  FRO users", (2, 3)),
        ("no such column: u.nme", "SELECT u.name, u.nme FROM users u", (1, 16)),
        ("no such table: main.shows", "SELECT *\nFROM shows", (2, 6)),
        ("no such function: uper", "SELECT uper(uper(1))", None),
        ("incomplete input", "SELECT", None),
    ],
)
def test_what_an_error_names(error: str, statement: str, position: tuple[int, int] | None) -> None:
    assert position_of(error, statement) == position
