"""Members that are set, cleared or left alone, in both notations."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from dialects.airsequel.three_state import MAX_TEXT, ThreeStateText
from web.operations import RequestModel


class Member(RequestModel):
    text: ThreeStateText = None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        (None, None),
        ({"tag": "TextValue", "contents": "a"}, "a"),
        ({"tag": "TextNull"}, None),
    ],
)
def test_both_notations(value: Any, text: str | None) -> None:
    parsed = Member.parse({"text": value})
    assert (parsed.text, parsed.model_fields_set) == (text, {"text"})
    assert Member.parse({}).model_fields_set == set()


@pytest.mark.parametrize(
    "value", [1, {}, {"tag": "TextValue"}, {"tag": "Other", "contents": "a"}, "a\0", "x" * (MAX_TEXT + 1)]
)
def test_other_values(value: Any) -> None:
    with pytest.raises(engine.Invalid):
        Member.parse({"text": value})
