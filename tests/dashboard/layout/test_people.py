"""Names of actors that need no look-up."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from dashboard.layout import people


@pytest.mark.parametrize(
    ("actors", "names"),
    [
        ([], {}),
        (["ann@example.com"], {"ann@example.com": "ann@example.com"}),
        (["", "u", "k", "kx", "x12", "webhook", "u-1"], {}),
    ],
)
def test_addresses_are_names_and_unknown_actors_are_left_out(actors: list[str], names: dict[str, str]) -> None:
    store: Any = None
    database = engine.Database(store, "d1", "cinema", "p1", "u1", engine.ALL_ACTIONS, {})
    assert people.names(database, actors) == names
