"""The language of the project: plain technical English in names, docstrings and documentation."""

from __future__ import annotations

import pytest

from bench import structure

pytestmark = pytest.mark.slow
MAX_CLASS_HOMONYMS = 5
MIN_VERB_SHARE = 0.9


def test_no_text_has_a_banned_word() -> None:
    assert structure.banned_words(structure.prose()) == []


@pytest.mark.parametrize("package", structure.PACKAGES)
def test_variables_are_named_after_what_they_hold(package: str) -> None:
    assert structure.banned_variables(package) == []


@pytest.mark.parametrize("package", structure.PACKAGES)
def test_docstrings_of_functions_begin_with_a_verb(package: str) -> None:
    verbs, total = structure.verb_docstrings(package)
    assert verbs >= total * MIN_VERB_SHARE


def test_few_class_names_stand_for_two_classes() -> None:
    assert len(structure.class_homonyms()) <= MAX_CLASS_HOMONYMS


@pytest.mark.parametrize(
    ("text", "words"),
    [("It goes on.", ["goes on"]), ("x is None", []), ("Whoever asks anew", ["Whoever", "anew"]), ("Plain.", [])],
)
def test_banned_words_are_recognized(text: str, words: list[str]) -> None:
    assert structure.BANNED.findall(text) == words
