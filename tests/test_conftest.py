"""The mark of the tests that need no server."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("home", ["a value"])
def test_a_parameter_named_like_a_fixture_needs_no_server(home: str, request: pytest.FixtureRequest) -> None:
    assert home == "a value"
    assert request.node.get_closest_marker("unit")


@pytest.mark.parametrize("other", ["a value"])
def test_a_fixture_beside_a_parameter_needs_a_server(
    other: str, home: object, request: pytest.FixtureRequest
) -> None:
    assert not request.node.get_closest_marker("unit")
