"""Schema changes from submitted forms, and the sentences that describe them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import QueryDict

import engine
from dashboard.database import schema_forms

LIMIT_MESSAGE = "History limits are whole numbers from 1 to 100000, or empty."


def change_of(**data: str) -> dict[str, Any]:
    return schema_forms.change_of(QueryDict(urlencode(data)))


@pytest.mark.parametrize("operation", ["add", "retype"])
def test_a_field_is_added_or_retyped(operation: str) -> None:
    data = {"op": operation, "field-0-name": "a", "field-0-type": "number", "field-0-required": "on"}
    declared = {"name": "a", "type": "number", "required": True}
    assert change_of(**data) == {"operations": [{"op": operation, "field": declared}]}


@pytest.mark.parametrize(
    ("data", "change"),
    [
        (
            {"op": "rename", "name": "a", "to": " b "},
            {"operations": [{"op": "rename", "name": "a", "to": "b"}]},
        ),
        ({"op": "rename"}, {"operations": [{"op": "rename", "name": "", "to": ""}]}),
        ({"op": "drop", "name": "a"}, {"operations": [{"op": "drop", "name": "a"}]}),
        ({"op": "title", "title_field": "a"}, {"title_field": "a"}),
        ({"op": "title", "title_field": ""}, {"title_field": None}),
        ({"op": "rules"}, {"strict": False, "history": False}),
        ({"op": "rules", "strict": "on", "history": "on"}, {"strict": True, "history": True}),
        (
            {"op": "rules", "history": "on", "history_days": " 30 ", "history_versions": ""},
            {"strict": False, "history": {"days": 30}},
        ),
        ({"op": "rules", "history_days": "30"}, {"strict": False, "history": False}),
        ({"op": "rules", "json_schema": " "}, {"strict": False, "history": False, "json_schema": None}),
        (
            {"op": "rules", "json_schema": '{"minProperties": 1}'},
            {"strict": False, "history": False, "json_schema": {"minProperties": 1}},
        ),
    ],
)
def test_a_form_becomes_a_change(data: dict[str, str], change: dict[str, Any]) -> None:
    assert change_of(**data) == change


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "Unknown change."),
        ({"op": "other"}, "Unknown change."),
        ({"op": "add"}, "Enter the name of the field."),
        ({"op": "retype", "field-0-name": " "}, "Enter the name of the field."),
    ],
)
def test_an_incomplete_form_is_refused(data: dict[str, str], message: str) -> None:
    with pytest.raises(engine.Invalid) as caught:
        change_of(**data)
    assert (caught.value.message, caught.value.errors) == (message, ())


def test_a_json_schema_that_is_not_json_is_refused() -> None:
    with pytest.raises(engine.Invalid) as caught:
        change_of(op="rules", json_schema="{")
    assert [item.field for item in caught.value.errors] == ["json_schema"]


@pytest.mark.parametrize(("text", "limit"), [("1", 1), ("100000", 100_000), ("00000007", 7)])
def test_a_history_limit_is_a_positive_number(text: str, limit: int) -> None:
    assert change_of(op="rules", history="on", history_versions=text)["history"] == {"versions": limit}


@pytest.mark.parametrize("name", ["history_days", "history_versions"])
@pytest.mark.parametrize("text", ["0", "100001", "-1", "+1", "1.5", "1e3", "x", "٣", "²", "9" * 20])
def test_another_history_limit_is_refused(name: str, text: str) -> None:
    with pytest.raises(engine.Invalid) as caught:
        change_of(op="rules", history="on", **{name: text})
    assert caught.value.message == LIMIT_MESSAGE


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"operations": [{"op": "add", "field": {"name": "a", "type": "date"}}]},
            "Add the field a (date).",
        ),
        (
            {"operations": [{"op": "retype", "field": {"name": "a", "type": "date"}}]},
            'Change "a" to date.',
        ),
        ({"operations": [{"op": "rename", "name": "a", "to": "b"}]}, "Rename a to b, in all documents."),
        ({"operations": [{"op": "drop", "name": "a"}]}, "Drop a and remove its values from all documents."),
        ({"title_field": "a"}, "Use a as the title field."),
        ({"title_field": None}, "Choose the title field automatically."),
        ({"strict": True, "history": True}, "Reject undeclared fields; keep history."),
        (
            {"strict": False, "history": {"days": 1}, "json_schema": {"minProperties": 1}},
            "Accept undeclared fields; keep history; validate with the JSON Schema.",
        ),
        (
            {"strict": False, "history": False, "json_schema": None},
            "Accept undeclared fields; turn history off and delete the stored versions.",
        ),
    ],
)
def test_a_change_is_described_in_a_sentence(change: dict[str, Any], sentence: str) -> None:
    assert schema_forms.describe(change) == sentence
