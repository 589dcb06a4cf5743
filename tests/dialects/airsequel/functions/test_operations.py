"""The declared operations of functions."""

from __future__ import annotations

from dialects.airsequel.functions.operations import OPERATIONS


def test_functions_are_called_by_every_verb() -> None:
    calls = {item.verb for item in OPERATIONS if item.path == "/fns/{func_id}"}
    assert calls == {"get", "post", "put", "patch", "delete"}
    assert len({item.id for item in OPERATIONS}) == len(OPERATIONS) == 15
