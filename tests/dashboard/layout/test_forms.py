"""The base class of forms."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms

import engine
from dashboard.layout.forms import Form

CHOICES = [("a", "A")]


class SampleForm(Form):
    text = forms.CharField()
    styled = forms.CharField(required=False, widget=forms.TextInput({"class": "font-mono"}))
    long = forms.CharField(required=False, widget=forms.Textarea)
    one = forms.ChoiceField(required=False, choices=CHOICES)
    radio = forms.ChoiceField(required=False, choices=CHOICES, widget=forms.RadioSelect)
    many = forms.MultipleChoiceField(required=False, choices=CHOICES, widget=forms.CheckboxSelectMultiple)
    flag = forms.BooleanField(required=False)
    number = forms.IntegerField(required=False)


@pytest.mark.parametrize(
    ("name", "css_class"),
    [
        ("text", "input"),
        ("styled", "input font-mono"),
        ("long", "textarea"),
        ("one", "select"),
        ("radio", None),
        ("many", None),
        ("flag", "checkbox"),
        ("number", "input"),
    ],
)
def test_a_control_has_the_style_of_its_kind(name: str, css_class: str | None) -> None:
    SampleForm()
    assert SampleForm().fields[name].widget.attrs.get("class") == css_class


def test_required_fields_are_not_checked_by_the_browser() -> None:
    assert " required" not in SampleForm().as_p()
    assert SampleForm({}).errors == {"text": ["This field is required."]}


@pytest.mark.parametrize("name", ["one", "many"])
def test_choices_are_replaced_for_one_form(name: str) -> None:
    form = SampleForm()
    form.set_choices(name, [("b", "B")])
    field: Any = form.fields[name]
    other: Any = SampleForm().fields[name]
    assert ([*field.choices], [*other.choices]) == ([("b", "B")], CHOICES)


def test_a_text_field_has_no_choices() -> None:
    with pytest.raises(TypeError, match=r"^The field text has no choices\.$"):
        SampleForm().set_choices("text", [])


@pytest.mark.parametrize(
    ("fields", "names", "errors"),
    [
        (["text"], None, {"text": ["in text"]}),
        (["text", "one", "text"], None, {"text": ["in text", "in text"], "one": ["in one"]}),
        (["title"], {"title": "text"}, {"text": ["in title"]}),
        (["title"], None, {"__all__": ["title: in title"]}),
        (["a.0"], {"title": "text"}, {"__all__": ["a.0: in a.0"]}),
        (["title"], {"title": ""}, {"__all__": ["in title"]}),
        ([""], None, {"__all__": ["in "]}),
        ([], None, {"__all__": ["It failed."]}),
    ],
)
def test_errors_of_a_service_are_shown_at_their_fields(
    fields: list[str], names: dict[str, str] | None, errors: dict[str, list[str]]
) -> None:
    form = SampleForm({"text": "x"})
    assert form.is_valid()
    reported = [engine.FieldError(field, f"in {field}") for field in fields]
    form.add_errors(engine.Invalid("It failed.", errors=reported), names=names)
    assert form.errors == errors
