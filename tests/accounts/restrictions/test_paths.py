"""Patterns of paths."""

from __future__ import annotations

import pytest

from accounts.restrictions.paths import matches_path


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/customers", "/customers", True),
        ("/customers", "/customers/1", False),
        ("/customers/*", "/customers/1", True),
        ("/customers/*", "/customers", False),
        ("/customers/*", "/customers/1/orders", False),
        ("/customers/**", "/customers/1/orders", True),
        ("/c*/1", "customers/1/", True),
        ("/**", "/anything/at/all", True),
        ("/a/**", "/b/a", False),
    ],
)
def test_names_are_matched_one_by_one(pattern: str, path: str, matches: bool) -> None:
    assert matches_path(pattern, path) is matches
