"""The numbers of connections that workers share."""

from __future__ import annotations

import pytest

from datacube.http.connection_counts import ConnectionCounts

pytestmark = pytest.mark.unit


def test_what_is_counted() -> None:
    numbers = [0, 2]
    own = ConnectionCounts([0], own=0)
    own.share(numbers, own=0)
    own.add_one()
    assert (numbers, own.has_fewest()) == ([1, 2], True)
    own.note(3)
    assert (numbers, own.has_fewest()) == ([3, 2], False)
