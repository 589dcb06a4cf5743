"""Forms of mail templates."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

import engine
from dashboard.layout.forms import Form
from engine.encoding import loads

_CODE = {"spellcheck": "false", "class": "font-mono text-[0.8125rem]"}


class TemplateForm(Form):
    """A template as it is stored."""

    name = forms.CharField(
        label="Name",
        max_length=200,
        help_text="Programs send a mail with the template by this name.",
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    subject = forms.CharField(label="Subject", max_length=500, required=False)
    html = forms.CharField(
        label="HTML",
        required=False,
        strip=False,
        help_text="{{name}} and {{person.name}} are replaced by the values of a mail.",
        widget=forms.Textarea({**_CODE, "rows": 14}),
    )


class SampleForm(Form):
    """The submitted template with sample values, for a preview or a test mail."""

    subject = forms.CharField(max_length=500, required=False)
    html = forms.CharField(required=False, strip=False)
    values = forms.CharField(
        label="Sample values",
        required=False,
        strip=False,
        help_text="A JSON object. Sample values are not stored.",
        widget=forms.Textarea({**_CODE, "rows": 5}),
    )

    def clean_values(self) -> dict[str, Any]:
        text = self.cleaned_data["values"].strip()
        if not text:
            return {}
        try:
            values = loads(text.encode(), depth=settings.MAX_DEPTH)
        except (engine.Error, UnicodeEncodeError) as error:
            raise forms.ValidationError("Must be a JSON object.") from error
        if not isinstance(values, dict):
            raise forms.ValidationError("Must be a JSON object.")
        return values
