"""Values in forms: the input of a value, and submitted text as a value."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from bson import Decimal128, ObjectId, Regex

import engine
from dashboard.layout import value_inputs
from dashboard.layout.value_inputs import ValueInput

HEX = "507f1f77bcf86cd799439011"
NO_NUMBER = "Must be a number, such as 12 or 3.5."


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, "text", ""),
        ("é\nb", "text", "é\nb"),
        ("", "text", ""),
        (True, "bool", "true"),
        (False, "bool", "false"),
        (0, "number", "0"),
        (1.0, "number", "1.0"),
        (-2.5, "number", "-2.5"),
        ({"a": [1]}, "json", '{\n  "a": [\n    1\n  ]\n}'),
        ([], "json", "[]"),
        (date(2026, 1, 31), "text", "2026-01-31"),
        (datetime(2026, 1, 31, 10, 5), "text", "2026-01-31T10:05:00"),
        (ObjectId(HEX), "text", HEX),
        (Decimal128("12.50"), "text", "12.50"),
    ],
)
def test_an_undeclared_value_has_the_input_of_its_kind(value: Any, kind: str, text: str) -> None:
    assert value_inputs.control(None, value) == ValueInput(kind, text, free=True)


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        (engine.Field("a"), "x", ValueInput("text", "x")),
        (engine.Field("a"), None, ValueInput("text", "")),
        (engine.Field("a", "number"), 1, ValueInput("number", "1")),
        (engine.Field("a", "number"), "text", ValueInput("number", "text")),
        (engine.Field("a", "boolean"), None, ValueInput("bool", "")),
        (engine.Field("a", "date"), date(2026, 1, 31), ValueInput("date", "2026-01-31")),
        (engine.Field("a", "datetime"), datetime(2026, 1, 31), ValueInput("text", "2026-01-31T00:00:00")),
        (engine.Field("a", "null"), None, ValueInput("null", "")),
        (engine.Field("a", "email"), "a@b.c", ValueInput("text", "a@b.c")),
        (engine.Field("a", "json"), "x", ValueInput("json", '"x"')),
        (engine.Field("a", "object"), {}, ValueInput("json", "{}")),
        (engine.Field("a", "array"), None, ValueInput("json", "null")),
        (engine.Field("a", "regex"), Regex("^a"), ValueInput("json", '{\n  "pattern": "^a"\n}')),
        (engine.Field("a", "reference"), ObjectId(HEX), ValueInput("text", HEX)),
        (
            engine.Field("a", "reference", many=True),
            *([ObjectId(HEX)], ValueInput("json", f'[\n  "{HEX}"\n]')),
        ),
        (engine.Field("a", "enum", enum=("x", "é")), "é", ValueInput("choice", "é", choices=("x", "é"))),
        (engine.Field("a", "number", enum=(1, 2)), 2, ValueInput("number", "2")),
    ],
)
def test_a_declared_field_has_the_input_of_its_type(field: engine.Field, value: Any, expected: ValueInput) -> None:
    assert value_inputs.control(field, value) == expected


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("null", "x", None),
        ("bool", "true", True),
        ("bool", "false", False),
        ("bool", " true\r\n", True),
        ("bool", "", None),
        ("bool", " ", None),
        ("number", "12", 12),
        ("number", " -3.50 ", -3.5),
        ("number", "1e3", 1000.0),
        ("number", "9223372036854775807", 2**63 - 1),
        ("number", " ", None),
        ("json", '{"a": null}', {"a": None}),
        ("json", '"12"', "12"),
        ("json", " \n", None),
        ("text", "", ""),
        ("text", " a\r\nb\n", " a\nb\n"),
        ("text", "12", "12"),
        ("date", "2026-01-31", "2026-01-31"),
        ("date", "", None),
        ("choice", "é", "é"),
        ("choice", "", None),
    ],
)
def test_submitted_text_is_a_value_of_its_kind(kind: str, text: str, value: Any) -> None:
    typed = value_inputs.typed(kind, text)
    assert (type(typed), typed) == (type(value), value)


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        *(
            ("number", text, NO_NUMBER)
            for text in ("x", "1,5", "true", "null", '"1"', "[1]", "[[1]]", "NaN", "0x1", "1 2", "٣", "\ud800")
        ),
        ("number", "[" * 2000 + "]" * 2000, NO_NUMBER),
        *(("bool", text, "Must be true or false.") for text in ("yes", "True", "null", "1", '"true"')),
        ("number", "9223372036854775808", NO_NUMBER),
        ("", "x", "Unknown kind of value."),
        ("Text", "x", "Unknown kind of value."),
    ],
)
def test_text_of_another_kind_is_refused(kind: str, text: str, message: str) -> None:
    with pytest.raises(engine.Invalid) as caught:
        value_inputs.typed(kind, text)
    assert caught.value.errors == (engine.FieldError("value", message),)


@pytest.mark.parametrize(
    ("text", "fields"), [("{", ["value"]), ('{"a": 1, "a": 2}', ["value.a"]), ("\ud800", ["value"])]
)
def test_invalid_json_is_refused_at_its_path(text: str, fields: list[str]) -> None:
    with pytest.raises(engine.Invalid) as caught:
        value_inputs.typed("json", text)
    assert [item.field for item in caught.value.errors] == fields


def test_json_that_is_nested_too_deeply_is_refused_at_the_value() -> None:
    with pytest.raises(engine.TooLarge) as caught:
        value_inputs.typed("json", "[" * 40 + "]" * 40)
    assert [item.field for item in caught.value.errors] == ["value"]


@pytest.mark.parametrize("value", [{"a": [1, None, "é"]}, [], "text", 1.5, None, True])
def test_json_of_a_value_is_read_as_the_same_value(value: Any) -> None:
    assert value_inputs.typed("json", value_inputs.as_json(value)) == value


def test_every_kind_of_the_form_is_accepted() -> None:
    assert [value_inputs.typed(kind, "") for kind in value_inputs.KINDS] == ["", None, None, None, None]
