"""New API keys."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from dashboard.forms.base import Form

ACTIONS = (
    ("read", "Read documents"),
    ("insert", "Insert documents"),
    ("write", "Change documents"),
    ("delete", "Delete documents"),
    ("design", "Design: make collections, change schemas and indexes"),
    ("own", "Own: drop databases, manage keys"),
)
_LIFETIMES = [("", "Never"), ("1", "In a day"), ("7", "In a week"), ("30", "In 30 days"), ("365", "In a year")]


class NewKeyForm(Form):
    name = forms.CharField(
        label="Name", max_length=100, help_text="What will use it.", widget=forms.TextInput({"autocomplete": "off"})
    )
    actions = forms.MultipleChoiceField(
        label="May",
        choices=ACTIONS,
        widget=forms.CheckboxSelectMultiple,
        initial=["read", "insert", "write", "delete"],
    )
    databases = forms.MultipleChoiceField(label="In", required=False, widget=forms.CheckboxSelectMultiple)
    expires = forms.ChoiceField(label="Expires", choices=_LIFETIMES, required=False)

    def __init__(self, *arguments: Any, databases: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["databases"].choices = databases  # type: ignore[attr-defined]

    def wanted(self) -> dict[str, Any]:
        """As the service takes it: no database named is all of them."""
        given = self.cleaned_data
        return {
            "name": given["name"],
            "actions": given["actions"],
            "databases": given["databases"] or None,
            "expires_at": self._expiry(),
        }

    def _expiry(self) -> datetime | None:
        days = self.cleaned_data["expires"]
        return timezone.now() + timedelta(days=int(days)) if days else None
