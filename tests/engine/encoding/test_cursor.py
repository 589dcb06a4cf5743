"""Cursors: what was written is read, by the same list alone, and nothing else is a cursor."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from bson import Decimal128, ObjectId, Regex, Timestamp
from hypothesis import given
from hypothesis import strategies as st

from engine.encoding.cursor import Cursors
from engine.errors import Invalid
from tests.engine.strategies import STORABLE_VALUES, faults, same

CURSORS = Cursors(b"a key")
CONTEXT = {"in": ["d", "c"], "filter": {"a": 1}, "sort": [("a", 1), ("_id", 1)], "fields": None}
POSITION = {"keys": [[1], [], [None], [ObjectId("0" * 24)]]}
REFUSED = [("cursor", "The cursor does not belong to this list, or is damaged.")]


@given(STORABLE_VALUES)
def test_values_come_back_with_their_types(value: Any) -> None:
    text = CURSORS.write({"keys": [[value]]}, context=CONTEXT)
    assert same(CURSORS.read(text, context=CONTEXT), {"keys": [[value]]})


def test_types_beyond_json_come_back() -> None:
    keys = [[datetime(2024, 1, 1)], [Decimal128("1.50")], [b"\0"], [Timestamp(1, 2)], [Regex("a", 2)], [2**62]]
    assert CURSORS.read(CURSORS.write({"keys": keys}, context=CONTEXT), context=CONTEXT) == {"keys": keys}


def test_a_cursor_needs_no_escaping_in_an_address() -> None:
    text = CURSORS.write({"keys": [[bytes(range(256))]]}, context=CONTEXT)
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize(
    "other",
    [
        {"in": ["d", "e"]},
        {"in": ["e", "c"]},
        {"filter": {"a": 2}},
        {"filter": {"a": 1.0}},
        {"filter": {}},
        {"sort": [("a", -1), ("_id", 1)]},
        {"sort": [("_id", 1)]},
        {"fields": {"a": 1}},
    ],
)
def test_another_list_does_not_take_it(other: dict[str, Any]) -> None:
    text = CURSORS.write(POSITION, context=CONTEXT)
    assert faults(Invalid, CURSORS.read, text, context=CONTEXT | other) == REFUSED


def test_another_key_does_not_take_it() -> None:
    text = CURSORS.write(POSITION, context=CONTEXT)
    assert faults(Invalid, Cursors(b"b key").read, text, context=CONTEXT) == REFUSED


def test_no_letter_of_it_can_be_changed() -> None:
    text = CURSORS.write(POSITION, context=CONTEXT)
    for index, letter in enumerate(text[:-1]):  # the last one may hold bits that stand for nothing
        changed = text[:index] + ("A" if letter != "A" else "B") + text[index + 1 :]
        assert faults(Invalid, CURSORS.read, changed, context=CONTEXT) == REFUSED


@given(st.text(max_size=200) | st.text("ABCab01-_", max_size=200))
def test_what_is_no_cursor(text: str) -> None:
    assert faults(Invalid, CURSORS.read, text, context=CONTEXT) == REFUSED


@pytest.mark.parametrize("text", ["", "=", "A" * 10_000, "\0", "é", "AAAA" * 8])
def test_what_surely_is_no_cursor(text: str) -> None:
    assert faults(Invalid, CURSORS.read, text, context=CONTEXT) == REFUSED
