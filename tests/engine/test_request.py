"""The id of work that serves several requests."""

from __future__ import annotations

import pytest

from engine.request import join_ids


@pytest.mark.parametrize(
    ("ids", "joined"),
    [
        ([], ""),
        (["", ""], ""),
        (["a"], "a"),
        (["a", "", "b", "a"], "a,b"),
        (["a", "b", "c", "d"], "a,b,c,d"),
        (["a", "b", "c", "d", "e", "a", "f"], "a,b,c,d,+2"),
    ],
)
def test_the_first_ids_and_the_number_of_the_others_are_named(ids: list[str], joined: str) -> None:
    assert join_ids(ids) == joined
