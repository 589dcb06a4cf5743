"""The form of a new API key."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

import engine
from accounts.services.keys import Key
from dashboard.layout.forms import Form, OneLineField
from web.requests.body import json_text

ACTIONS = (
    ("read", "Read documents"),
    ("insert", "Insert documents"),
    ("write", "Update documents"),
    ("delete", "Delete documents"),
    ("design", "Design: create collections, change schemas and indexes"),
    ("own", "Own: drop databases, manage keys"),
)
_LIFETIMES = [
    ("1", "In a day"),
    ("7", "In a week"),
    ("30", "In 30 days"),
    ("90", "In 90 days"),
    ("365", "In a year"),
    ("", "Never"),
]
_SCOPES = [("chosen", "Selected databases"), ("all", "All databases of the team, including future ones")]


class KeyLimitsForm(Form):
    """The networks, the rate and the daily quota of a key; an empty field removes a limit."""

    addresses = forms.CharField(
        label="Allowed addresses",
        required=False,
        help_text="One address or network in each line, such as 203.0.113.7 or 198.51.100.0/24. Empty: all.",
        widget=forms.Textarea({"rows": 3, "spellcheck": "false"}),
    )
    rate = forms.IntegerField(label="Requests a minute", required=False, help_text="Empty: no limit of its own.")
    daily_quota = forms.IntegerField(label="Requests a day", required=False, help_text="Empty: no limit.")

    @classmethod
    def of_key(cls, key: Key) -> KeyLimitsForm:
        """Return the form of a key's present limits."""
        initial = {"addresses": "\n".join(key.addresses or ()), "rate": key.rate, "daily_quota": key.daily_quota}
        return cls(initial=initial, auto_id=f"id_%s_{key.id}")

    def changes(self) -> dict[str, Any]:
        """Return the changes for the service."""
        values = self.cleaned_data
        return {**values, "addresses": values["addresses"].split() or None}


class NewKeyForm(Form):
    name = OneLineField(
        label="Name",
        max_length=100,
        help_text="The program that uses the key.",
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    actions = forms.MultipleChoiceField(
        label="Permissions",
        choices=ACTIONS,
        widget=forms.CheckboxSelectMultiple,
        initial=["read"],
    )
    scope = forms.ChoiceField(label="Databases", choices=_SCOPES, required=False, initial="chosen")
    databases = forms.MultipleChoiceField(label="Databases", required=False, widget=forms.CheckboxSelectMultiple)
    collections = forms.CharField(
        label="Collections (JSON)",
        required=False,
        max_length=50_000,
        help_text="Limits the key to collections, instead of the permissions and databases above: "
        '{"database id": {"collection": {"actions": ["read"], "filter": {}, "fields": {"exclude": []}}}}.',
        widget=forms.Textarea({"rows": 3, "spellcheck": "false", "class": "font-mono"}),
    )
    expires = forms.ChoiceField(label="Expires", choices=_LIFETIMES, required=False, initial="90")

    def __init__(self, *arguments: Any, databases: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.set_choices("databases", databases)
        self.fields["databases"].initial = [database_id for database_id, _ in databases[:1]]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        try:
            text = cleaned.get("collections", "").strip()
            cleaned["collections"] = json_text("collections", text) if text else None
        except engine.Error as error:
            self.add_errors(error)
        if text:
            return cleaned
        if cleaned.get("scope") != "all" and not cleaned.get("databases") and "databases" not in self.errors:
            self.add_error("databases", "Select at least one database, or all databases.")
        return cleaned

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of the service. None stands for all databases."""
        values = self.cleaned_data
        if values["collections"] is not None:
            return {"name": values["name"], "collections": values["collections"], "expires_at": self._expiry()}
        return {
            "name": values["name"],
            "actions": values["actions"],
            "databases": None if values["scope"] == "all" else values["databases"],
            "expires_at": self._expiry(),
        }

    def _expiry(self) -> datetime | None:
        days = self.cleaned_data["expires"]
        return timezone.now() + timedelta(days=int(days)) if days else None
