"""New databases and collections."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict

import engine
from dashboard.layout.forms import Form
from web.parsing import json_text

TEMPLATES = [("empty", "Empty"), ("sample", "With sample data"), ("file", "From a file")]
FILE_TYPES = "JSON (.json) or one JSON object per line (.ndjson, .jsonl)"
ACCEPTED = ".json,.geojson,.ndjson,.jsonl,application/json"
_A_NAME = {"autofocus": True, "autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
# Those that a form can describe wholly.
FIELD_TYPES = [name for name in engine.TYPES if name not in ("null",)]
_ROW = re.compile(r"field-(\d{1,6})-name")
_MOST_ROWS = 1_000
_TEXTS = ("name", "enum", "collection", "description", "default", "template")
_FLAGS = ("required", "unique", "many", "case_insensitive")
# Types whose default is typed without quotation marks; of all others it is JSON.
_TEXT = ("string", "email", "url", "enum")
_TYPED_AS_TEXT = (*_TEXT, "date", "datetime", "objectid", "reference")


class NewDatabaseForm(Form):
    name = forms.CharField(
        label="Name",
        max_length=100,
        help_text="Letters, digits, _ and -. Stored in lower case: Movies becomes movies.",
        widget=forms.TextInput(_A_NAME),
    )
    template = forms.ChoiceField(label="Start with", choices=TEMPLATES, initial="empty", required=False)
    file = forms.FileField(
        label="File",
        required=False,
        help_text=f"{FILE_TYPES}. It becomes a collection. CSV is not supported yet: convert it to JSON.",
        widget=forms.FileInput({"accept": ACCEPTED}),
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("template") == "file" and not found.get("file") and "file" not in self.errors:
            self.add_error("file", "Choose a file.")
        return found

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
        widget=forms.TextInput(_A_NAME),
    )
    strict = forms.BooleanField(label="Strict", required=False)
    history = forms.BooleanField(label="History", required=False, initial=True)


def field_rows(data: QueryDict) -> list[dict[str, Any]]:
    """What was typed into the repeated rows of fields, in their order; rows without a name are left out."""
    numbers = [found[1] for key in data if (found := _ROW.fullmatch(key))][:_MOST_ROWS]
    rows = [{"number": number, **_row(data, f"field-{number}-")} for number in numbers]
    return [row for row in rows if row["name"]]


def _row(data: QueryDict, prefix: str) -> dict[str, Any]:
    texts = {key: data.get(prefix + key, "").strip() for key in _TEXTS}
    flags = {key: data.get(prefix + key) == "on" for key in _FLAGS}
    return {**texts, **flags, "type": data.get(prefix + "type", "string")}


def declaration(row: Mapping[str, Any]) -> dict[str, Any]:
    """A field as the services take it."""
    found: dict[str, Any] = {"name": row["name"], "type": row["type"]}
    found |= {flag: True for flag in _FLAGS if row[flag] and _applies(flag, row)}
    if row["enum"] and row["type"] == "enum":
        found["enum"] = [value.strip() for value in row["enum"].split(",") if value.strip()]
    if row["collection"] and row["type"] == "reference":
        found["collection"] = row["collection"]
    if row["default"]:
        found["default"] = _default(row)
    return found | {key: row[key] for key in ("description", "template") if row[key]}


def _applies(flag: str, row: Mapping[str, Any]) -> bool:
    """Return whether the type takes the flag: the form shows the same flags for all types."""
    match flag:
        case "many":
            return row["type"] == "reference"
        case "case_insensitive":
            return row["unique"] and row["type"] in _TEXT
    return True


def _default(row: Mapping[str, Any]) -> Any:
    """Return the typed default as a value. Raises `Invalid` where it is not JSON and the type needs JSON."""
    if row["type"] in _TYPED_AS_TEXT and not row["many"]:
        return row["default"]
    return json_text("default", row["default"])


def faults_by_row(error: engine.Error, rows: list[dict[str, Any]]) -> list[engine.FieldError]:
    """Puts the faults of `collections.0.fields.<n>.…` at their rows; answers those that belong elsewhere."""
    elsewhere = []
    for fault in error.errors:
        found = re.fullmatch(r"(?:collections\.0\.)?fields\.(\d+)(?:\.(.+))?", fault.field)
        if found and int(found[1]) < len(rows):
            rows[int(found[1])].setdefault("faults", []).append(fault.message)
        else:
            elsewhere.append(engine.FieldError(fault.field.removeprefix("collections.0."), fault.message))
    return elsewhere
