"""Forms of functions."""

from __future__ import annotations

import json
from typing import Any

from django import forms

from dashboard.layout.forms import Form, OneLineField

_CODE = {"spellcheck": "false", "autocomplete": "off", "autocapitalize": "off", "wrap": "off"}
FIRST_CONTENT = """export default async function ({ data, db }: any) {
  console.log("Hello", data.name);
  return { data: { hello: data.name ?? "world" } };
}
"""


class FunctionForm(Form):
    """Name and text of a function."""

    name = OneLineField(label="Name", max_length=200)
    content = forms.CharField(
        label="Code",
        strip=False,
        initial=FIRST_CONTENT,
        widget=forms.Textarea({**_CODE, "rows": 20, "class": "w-full font-mono text-[0.8125rem]"}),
    )


class RunForm(Form):
    """The data of a call."""

    body = forms.CharField(
        label="Data",
        initial="{}",
        help_text="A JSON object, which the function receives as data.",
        widget=forms.Textarea({**_CODE, "rows": 3, "class": "w-full font-mono text-[0.8125rem]"}),
    )

    def clean_body(self) -> dict[str, Any]:
        try:
            value = json.loads(self.cleaned_data["body"])
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError("Must be JSON.") from error
        if type(value) is not dict:
            raise forms.ValidationError("Must be a JSON object.")
        return value
