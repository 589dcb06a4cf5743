"""Positions of errors in a JSON text."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from dashboard.documents import json_positions
from dashboard.documents.json_positions import InvalidJson, Mark

TEXT = '{\n  "a": {"b": 1, "é": [2]},\n  "b" : {"c.d": 3}\n}'


def marks_of(text: str) -> list[Mark]:
    with pytest.raises(InvalidJson) as caught:
        json_positions.parse(text)
    assert str(caught.value) == caught.value.marks[0].text
    return caught.value.marks


@pytest.mark.parametrize(
    ("text", "value"), [("{}", {}), (' {"é": [1, null]}\n', {"é": [1, None]}), ('"🦉"', "🦉"), ("1.0", 1.0)]
)
def test_valid_json_is_parsed(text: str, value: Any) -> None:
    assert json_positions.parse(text) == value


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("{x}", 1, 2),
        ('{"a": 1,\n "b": x}', 2, 7),
        ('{"é": "🦉", "b": x}', 1, 17),
        ('{"a": 1}}', 1, 9),
        ("", 1, 1),
    ],
)
def test_an_error_has_its_line_and_column_in_characters(text: str, line: int, column: int) -> None:
    (mark,) = marks_of(text)
    assert (mark.line, mark.column) == (line, column)
    assert mark.text[0].isupper() and mark.text.endswith(".")


def test_a_repeated_name_is_marked_at_its_last_position() -> None:
    text = '{"é": 1,\n  "b": 2, "é" : 3}'
    assert marks_of(text) == [Mark("The JSON names a key twice in one object: 'é'.", 2, 11)]


@pytest.mark.parametrize("name", ["it's", '\\"', "'\\\"", "a\\nb", "\\\\", "", "a.b", "é", "\u200b"])
def test_any_repeated_name_is_marked_without_its_path(name: str) -> None:
    (mark,) = marks_of(f'{{"a": {{"{name}": 1,\n "{name}": 2}}}}')
    assert mark.text.startswith("The JSON names a key twice in one object: ")
    assert (mark.line, mark.column) == (2, 2)


def test_repeated_names_and_numbers_are_marked_together() -> None:
    text = '{"n": 1e-400,\n "b": 1,\n "b": 2, "c": 3,\n "c": 4}'
    assert [(mark.text[:8], mark.line, mark.column) for mark in marks_of(text)] == [
        ("The JSON", 3, 2),
        ("The JSON", 4, 2),
        ("n: The n", 1, 2),
    ]


def test_numbers_out_of_range_are_marked_one_by_one() -> None:
    text = '{"a": 99999999999999999999,\n "b": {"c": 1e-400}}'
    assert marks_of(text) == [
        Mark("a: The integer 99999999999999999999 does not fit in 64 bits.", 1, 2),
        Mark("b.c: The number 1e-400 is too small: it would be stored as 0.", 2, 8),
    ]


@pytest.mark.parametrize(
    ("setting", "text", "message"),
    [
        ("MAX_DEPTH", '{"a": {"b": 1}}', "The JSON is nested deeper than 1 levels (MAX_DEPTH)."),
        ("MAX_BODY_VALUES", "[1, 2]", "The JSON has more than 1 values (MAX_BODY_VALUES)."),
    ],
)
def test_a_text_beyond_a_limit_has_no_position(settings: Any, setting: str, text: str, message: str) -> None:
    setattr(settings, setting, 1)
    assert marks_of(text) == [Mark(message, 0, 0)]


@pytest.mark.parametrize(
    ("field", "root", "mark"),
    [
        ("a", "", Mark("a: No.", 2, 3)),
        ("a.b", "", Mark("a.b: No.", 2, 9)),
        ("a.é.0", "", Mark("a.é.0: No.", 2, 17)),
        ("document.a", "document", Mark("a: No.", 2, 3)),
        ("absent", "", Mark("absent: No.", 0, 0)),
        ("a.absent", "", Mark("a.absent: No.", 2, 3)),
        ("document", "document", Mark("No.", 0, 0)),
        ("", "", Mark("No.", 0, 0)),
    ],
)
def test_a_validation_error_is_marked_at_its_deepest_member(field: str, root: str, mark: Mark) -> None:
    assert json_positions.marks(TEXT, [engine.FieldError(field, "No.")], root=root) == [mark]


def test_a_name_is_matched_as_json_writes_it() -> None:
    text = '{"x": "a\\"b", "a\\"b": 1}'
    assert json_positions.marks(text, [engine.FieldError('a"b', "No.")]) == [Mark('a"b: No.', 1, 15)]


@pytest.mark.parametrize(("path", "column"), [("b", 2), ("a.b", 16), ("a.b.b", 22)])
def test_a_repeated_name_is_searched_inside_its_parent(path: str, column: int) -> None:
    text = '{"b": 0, "a": {"b": {"b": 1}}}'
    assert json_positions.marks(text, [engine.FieldError(path, "No.")]) == [Mark(f"{path}: No.", 1, column)]
