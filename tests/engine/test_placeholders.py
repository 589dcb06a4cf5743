"""Placeholders in texts: found, filled up to a limit, and renamed."""

from __future__ import annotations

from typing import Any

import pytest

from engine.placeholders import ANY_NAME, PLAIN_NAME, fill, names, rename, values_at

DOCUMENT = {
    "a": {"b": 1, "c": None},
    "list": [{"b": 2}, {"b": None}, 3, [{"b": 4}]],
    "no": None,
    "false": False,
}


@pytest.mark.parametrize(
    ("template", "expected", "plain"),
    [
        ("", [], []),
        ("{{a}} {{ b.c }} {{a}}", ["a", "b.c", "a"], ["a", "b.c", "a"]),
        ("{{two words}} {{1 + 1}} {{}}", ["two words", "1 + 1", ""], []),
        ("{a} {{{a}}} {{a {{a}", ["a"], ["a"]),
        ("{{" + "x" * 201 + "}}", ["x" * 201], []),
    ],
)
def test_names(template: str, expected: list[str], plain: list[str]) -> None:
    assert names(template) == expected
    assert names(template, syntax=PLAIN_NAME) == plain


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("", ""),
        ("no name", "no name"),
        ("{{a}}-{{ b }}.", "<a>-<b>."),
        ("{{{{a}}}}", "{{<a>}}"),
        ("{{two words}}", "<two words>"),
    ],
)
def test_fill(template: str, expected: str) -> None:
    assert fill(template, lambda name: f"<{name}>", max_length=100) == expected


def test_only_the_names_of_the_syntax_are_filled() -> None:
    assert fill("{{a}} {{two words}}", str.upper, max_length=100, syntax=PLAIN_NAME) == "A {{two words}}"


def test_values_are_not_filled_again() -> None:
    assert fill("{{a}}", lambda name: "{{b}}", max_length=100) == "{{b}}"


def test_fill_stops_after_the_limit() -> None:
    calls = []
    text = fill("{{a}}" * 1000 + "end", lambda name: calls.append(name) or "xx", max_length=9)
    assert (text, len(calls)) == ("x" * 10, 5)
    assert fill("{{a}}{{a}}", lambda name: "xx", max_length=4) == "xxxx"
    # What follows the last name belongs to the text; the caller compares the length.
    assert fill("{{a}} and more", lambda name: "xx", max_length=4) == "xx and more"


@pytest.mark.parametrize(
    ("path", "expected", "in_arrays"),
    [
        ("a.b", [1], [1]),
        ("a", [{"b": 1, "c": None}], [{"b": 1, "c": None}]),
        ("false", [False], [False]),
        ("a.c", [], []),
        ("no", [], []),
        ("no.b", [], []),
        ("gone", [], []),
        ("a.b.c", [], []),
        ("a.__class__", [], []),
        ("", [], []),
        ("list.b", [], [2]),
        ("list.0", [], []),
        ("list", [DOCUMENT["list"]], [{"b": 2}, {"b": None}, 3, [{"b": 4}]]),
    ],
)
def test_values_at(path: str, expected: list[Any], in_arrays: list[Any]) -> None:
    assert values_at(DOCUMENT, path, in_arrays=False) == expected
    assert values_at(DOCUMENT, path, in_arrays=True) == in_arrays


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{a}} {{ a.b }} {{ab}} {{b.a}} a", "{{z}} {{ z.b }} {{ab}} {{b.a}} a"),
        ("{{aa}}{{a.a}}", "{{aa}}{{z.a}}"),
        ("", ""),
    ],
)
def test_rename(template: str, expected: str) -> None:
    assert rename(template, "a", to="z") == expected


@pytest.mark.parametrize("syntax", [ANY_NAME, PLAIN_NAME])
@pytest.mark.parametrize("part", ["{{", "{{a", "{{ ", "}}", "{{a}} {{"])
def test_unclosed_names_take_linear_time(syntax: Any, part: str) -> None:
    assert len(fill(part * 50_000, lambda name: "x" * len(name), max_length=10**6, syntax=syntax)) <= 500_000
