"""Forms of webhooks."""

from __future__ import annotations

from typing import Any

from django import forms

from dashboard.layout.forms import Form

_EVENTS = [("insert", "Insert"), ("update", "Update"), ("delete", "Delete")]


class WebhookForm(Form):
    """URL and events of a webhook."""

    url = forms.CharField(
        label="URL",
        max_length=2_000,
        help_text="Begins with https://. Each event is sent there with POST.",
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "placeholder": "https://"}),
    )
    events = forms.MultipleChoiceField(
        label="Events",
        choices=_EVENTS,
        widget=forms.CheckboxSelectMultiple,
        initial=[name for name, _ in _EVENTS],
        error_messages={"required": "Choose at least one event."},
    )


class NewWebhookForm(WebhookForm):
    """A new webhook with its collection."""

    collection = forms.ChoiceField(label="Collection")
    field_order = ("collection", "url", "events")

    def __init__(self, *arguments: Any, collections: list[str], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.set_choices("collection", [(name, name) for name in collections])
