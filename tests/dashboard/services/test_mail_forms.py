"""Forms of mail templates, and the sample values of a preview."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.services.mail_forms import SampleForm, TemplateForm

NOT_AN_OBJECT = "Must be a JSON object."


def test_html_is_stored_as_it_was_typed() -> None:
    form = TemplateForm({"name": " welcome ", "subject": " Hi {{name}} ", "html": "\n <p>é</p> \n"})
    assert form.is_valid(), form.errors
    assert form.cleaned_data == {"name": "welcome", "subject": "Hi {{name}}", "html": "\n <p>é</p> \n"}


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({}, {"name": ["This field is required."]}),
        ({"name": "x" * 200, "subject": "x" * 500}, {}),
        (
            {"name": "x" * 201, "subject": "x" * 501},
            {
                "name": ["Ensure this value has at most 200 characters (it has 201)."],
                "subject": ["Ensure this value has at most 500 characters (it has 501)."],
            },
        ),
    ],
)
def test_errors_of_a_template(values: dict[str, str], errors: dict[str, list[str]]) -> None:
    assert {name: [*texts] for name, texts in TemplateForm(values).errors.items()} == errors


def test_a_preview_shows_html_as_it_was_typed() -> None:
    form = SampleForm({"subject": " Hi ", "html": "\n <p>é</p> \n"})
    assert form.is_valid(), form.errors
    assert form.cleaned_data == {"subject": "Hi", "html": "\n <p>é</p> \n", "values": {}}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", {}),
        (" \r\n ", {}),
        ("{}", {}),
        (
            ' {"person": {"name": "Zoë"}, "list": [1, null, true]}\n',
            {"person": {"name": "Zoë"}, "list": [1, None, True]},
        ),
        ('{"a": {"b": 1}}', {"a": {"b": 1}}),
    ],
)
def test_sample_values(text: str, values: dict[str, Any]) -> None:
    form = SampleForm({"values": text})
    assert form.is_valid(), form.errors
    assert form.cleaned_data == {"subject": "", "html": "", "values": values}


@pytest.mark.parametrize(
    "text",
    [
        *("[]", "null", "5", '"text"', "true", "{", "{'a': 1}", '{"a": 1,}', "{} {}", '{"a": NaN}'),
        *('{"a": 1, "a": 2}', '{"a": "\ud800"}', '{"a": "\\ud800"}', '{"a": 9223372036854775808000}'),
    ],
)
def test_sample_values_that_are_refused(text: str) -> None:
    form = SampleForm({"values": text})
    assert {name: [*texts] for name, texts in form.errors.items()} == {"values": [NOT_AN_OBJECT]}


def test_sample_values_that_are_nested_too_deeply_are_refused(settings: Any) -> None:
    settings.MAX_DEPTH = 3
    assert SampleForm({"values": '{"a": {"b": {}}}'}).is_valid()
    assert SampleForm({"values": '{"a": {"b": {"c": {}}}}'}).errors == {"values": [NOT_AN_OBJECT]}
