"""Double-X encoding: the published examples, and every name both ways."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialects.airsequel.identifiers import decode, encode

PUBLISHED = {
    "camelCaseId": "camelCaseId",
    "snake_case_id": "snake_case_id",
    "doxxing": "doxxing",
    "DOXXING": "DOXXXXXXING",
    "id with spaces": "idXX0withXX0spaces",
    "id-with.special$chars!": "idXXDwithXXEspecialXX4charsXX1",
    "id_with_ümläutß": "id_with_XXaaapmmlXXaaaoeutXXaaanp",
    "Emoji: 😅": "EmojiXXGXX0XXbpgaf",
    "Multi Byte Emoji: 👨🦲": "MultiXX0ByteXX0EmojiXXGXX0XXbpegiXXbpjlc",
    "1FileFormat__": "XXZ1FileFormatXXRXXR",
    "": "",
}


@pytest.mark.parametrize(("name", "identifier"), PUBLISHED.items())
def test_published_examples(name: str, identifier: str) -> None:
    assert encode(name) == identifier
    assert decode(identifier) == name


@given(st.text(min_size=1))
def test_every_name_has_one_identifier(name: str) -> None:
    assert re.fullmatch("[_A-Za-z][_0-9A-Za-z]*", encode(name))
    assert not encode(name).startswith("__")
    assert decode(encode(name)) == name


@given(st.text("X_!0Ya\U0010ffff", max_size=12))
def test_runs_of_x_and_underscores(name: str) -> None:
    assert decode(encode(name)) == name


@given(st.text("XYZabcp0", max_size=12))
def test_any_text_can_be_decoded(text: str) -> None:
    assert isinstance(decode(text), str)
