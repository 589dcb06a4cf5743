"""Forms of new databases and collections."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict

import engine
from dashboard.layout.forms import Form
from engine.schema import TYPES
from web.requests.body import json_text

TEMPLATES = [("empty", "Empty"), ("sample", "With sample data"), ("file", "From a file")]
FILE_TYPES = "JSON (.json), one JSON object per line (.ndjson, .jsonl) or a table (.csv, .tsv), also with .gz"
ACCEPTED_FILES = ".json,.geojson,.ndjson,.jsonl,.csv,.tsv,.tab,.gz,application/json,text/csv"
_NAME_INPUT = {"autofocus": True, "autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
# Types that the form supports completely.
FIELD_TYPES = [name for name in TYPES if name != "null"]
_ROW = re.compile(r"field-([0-9]{1,6})-name")
MAX_ROWS = 1_000
_TEXT_INPUTS = ("name", "enum", "collection", "path", "description", "default", "template")
_CHECKBOXES = ("required", "unique", "many", "case_insensitive")
# Types whose default is entered without quotation marks. Other defaults are JSON.
_TEXT_TYPES = ("string", "email", "url", "enum")
_TYPED_AS_TEXT = (*_TEXT_TYPES, "date", "datetime", "objectid", "reference")


class NewDatabaseForm(Form):
    name = forms.CharField(
        label="Name",
        max_length=100,
        help_text="Letters, digits, _ and -. Stored in lower case: Movies becomes movies.",
        widget=forms.TextInput(_NAME_INPUT),
    )
    template = forms.ChoiceField(label="Start with", choices=TEMPLATES, initial="empty", required=False)
    file = forms.FileField(
        label="File",
        required=False,
        help_text=f"{FILE_TYPES}. It becomes a collection.",
        widget=forms.FileInput({"accept": ACCEPTED_FILES}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("template") == "file" and not cleaned.get("file") and "file" not in self.errors:
            self.add_error("file", "Choose a file.")
        return cleaned

    def suggest_name(self) -> None:
        """Add a valid name to the error of a name with other characters."""
        suggestion = re.sub(r"[^\w-]+", "_", self.data.get("name", "").strip().lower()).strip("_")
        if "name" in self.errors and suggestion and suggestion != self.data.get("name", "").lower():
            self.add_error("name", f"Try {suggestion}.")


class NewCollectionForm(Form):
    name = forms.CharField(
        label="Name",
        max_length=100,
        help_text="Letters, digits, _ and -.",
        widget=forms.TextInput(_NAME_INPUT),
    )
    strict = forms.BooleanField(label="Strict", required=False)
    history = forms.BooleanField(label="History", required=False, initial=True)


def field_rows(data: QueryDict) -> list[dict[str, Any]]:
    """Return the repeated rows of fields in the submitted order. Rows without a name are left out."""
    numbers = [match[1] for key in data if (match := _ROW.fullmatch(key))][:MAX_ROWS]
    rows = [{"number": number, **_row(data, f"field-{number}-")} for number in numbers]
    return [row for row in rows if row["name"]]


def _row(data: QueryDict, prefix: str) -> dict[str, Any]:
    texts = {key: data.get(prefix + key, "").strip() for key in _TEXT_INPUTS}
    flags = {key: data.get(prefix + key) == "on" for key in _CHECKBOXES}
    return {**texts, **flags, "type": data.get(prefix + "type", "string")}


def declaration(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the declaration of a field as the services expect it."""
    field: dict[str, Any] = {"name": row["name"], "type": row["type"]}
    field |= {flag: True for flag in _CHECKBOXES if row[flag] and _applies(flag, row)}
    if row["enum"] and row["type"] == "enum":
        field["enum"] = [value.strip() for value in row["enum"].split(",") if value.strip()]
    if row["type"] == "reference":
        field |= {key: row[key] for key in ("collection", "path") if row[key]}
    if row["default"]:
        field["default"] = _default(row)
    return field | {key: row[key] for key in ("description", "template") if row[key]}


def _applies(flag: str, row: Mapping[str, Any]) -> bool:
    """Return whether the type supports the flag. The form shows the same flags for all types."""
    match flag:
        case "many":
            return row["type"] == "reference"
        case "case_insensitive":
            return row["unique"] and row["type"] in _TEXT_TYPES
    return True


def _default(row: Mapping[str, Any]) -> Any:
    """Return the submitted default as a value. Raises `Invalid` if the type needs JSON and the text is not JSON."""
    several = row["many"] and _applies("many", row)
    if row["type"] in _TYPED_AS_TEXT and not several:
        return row["default"]
    return json_text("default", row["default"])


def errors_by_row(error: engine.Error, rows: list[dict[str, Any]]) -> list[engine.FieldError]:
    """Attach errors of `collections.0.fields.<n>.…` to their rows. Return the remaining errors."""
    elsewhere = []
    for item in error.errors:
        match = re.fullmatch(r"(?:collections\.0\.)?fields\.(\d+)(?:\.(.+))?", item.field)
        if match and int(match[1]) < len(rows):
            rows[int(match[1])].setdefault("errors", []).append(item.message)
        else:
            elsewhere.append(engine.FieldError(item.field.removeprefix("collections.0."), item.message))
    return elsewhere
