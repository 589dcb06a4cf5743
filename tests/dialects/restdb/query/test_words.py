"""Patterns that match a word regardless of case, accents and Unicode composition."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

import pytest

from dialects.restdb.query.words import MAX_FOLDED, pattern


def finds(word: str, text: str) -> bool:
    return re.search(pattern(word), text, re.IGNORECASE) is not None


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("resume", "My Résumé"),
        ("RÉSUMÉ", "a resume"),
        ("résumé", "RESUME"),
        ("tiếng", "Tieng Viet"),
        ("tieng", "tiếng Việt"),
        ("αθηνα", "Αθήνα"),
        ("Αθήνα", "ΑΘΗΝΑ"),
        ("йод", "Йод"),
        ("яблоко", "я\u0301блоко"),
        ("ю\u0301г", "Юг"),
        ("istanbul", "İstanbul"),
        ("日本", "東京、日本"),
        ("straße", "Straße"),
        ("1,5", "for 1,5 €"),
    ],
)
def test_a_word_matches_with_any_accents_and_composition(form: Literal["NFC", "NFD"], word: str, text: str) -> None:
    assert finds(word, unicodedata.normalize(form, text))


@pytest.mark.parametrize(
    ("word", "text"), [("resume", "resum"), ("a.c", "abc"), ("a", "b"), ("o", "ø"), ("ss", "ß"), ("и", "n")]
)
def test_other_letters_do_not_match(word: str, text: str) -> None:
    assert not finds(word, text)


@pytest.mark.parametrize("word", ["a.c", "[x]", "(", "a|b", "$^", "\\d", "x*", "c++", "{2}"])
def test_a_word_is_no_expression(word: str) -> None:
    assert finds(word, f"<{word}>")
    assert re.fullmatch(pattern(word), word)


def test_a_word_of_accents_alone_matches_itself() -> None:
    assert finds("\u0301", "e\u0301")
    assert not finds("\u0301", "e")


# Scripts that compose, marks of several classes and orders, and characters with a canonical form of their own.
TEXTS = [
    "한국",
    "が",
    "クーポン",
    "क्या",
    "क़लम",
    "ที่นี่",
    "שָׁלוֹם",
    "مُحَمَّد",
    "বাংলো",
    "Å",
    "Ω;",
    "≮",
    "a\u20d0b",
    "a\u0f73b",
]
TEXTS += [
    "a\u0301\u05b0b",
    "q\u0307\u0323",
    "x\u0301한é1\ufe0f\u20e3",
    "\u0301e",
    "\u0344",
    "𝒳é𝅗𝅥",
    "ǖ",
    "ΐ",
    "é" * 101,
    "한" * 101,
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_matches_itself_in_every_composition(text: str) -> None:
    forms = [unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)]
    assert [(word, form) for word in (text, *forms) for form in forms if not finds(word, f"<{form}>")] == []
    assert finds(text, f"<{text}>")


def test_accents_of_other_scripts_count() -> None:
    assert not finds("が", "か")
    assert not finds("नि", "न")
    assert not finds("한국", "한")


def test_a_long_word_matches_with_its_accents_only() -> None:
    short, long = "é" * MAX_FOLDED, "é" * (MAX_FOLDED + 1)
    assert finds(short, "e" * MAX_FOLDED)
    assert finds(long, long)
    assert not finds(long, "e" * (MAX_FOLDED + 1))
    assert len(pattern("o\u0302" * (MAX_FOLDED // 2)).encode()) < 32_764
    assert max(len(pattern(letter * MAX_FOLDED).encode()) for letter in "aeiouαηιωэ") <= 32_764
