"""Forms of browser keys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

import accounts.services
from accounts.principal import VERBS
from dashboard.layout.forms import Form, OneLineField

_ACTIONS = (("read", "Read"), ("insert", "Insert"), ("write", "Change"), ("delete", "Delete"))
_LIFETIMES = [("", "Never"), ("7", "In a week"), ("30", "In 30 days"), ("90", "In 90 days"), ("365", "In a year")]
_LINES = {"rows": 3, "spellcheck": "false", "autocomplete": "off", "class": "font-mono text-[0.8125rem]"}


class BrowserKeyForm(Form):
    """Name, actions and restrictions of a browser key. Lists have one entry per line."""

    name = OneLineField(label="Name", max_length=100, widget=forms.TextInput({"autocomplete": "off"}))
    origins = forms.CharField(
        label="Allowed origins",
        help_text="One per line: https://shop.example.com, https://*.example.com, or * for every website.",
        widget=forms.Textarea(_LINES),
        error_messages={"required": "Enter at least one origin."},
    )
    paths = forms.CharField(
        label="Allowed paths",
        required=False,
        help_text="One per line: /products/** for a collection, /products for its list alone. "
        "Without paths the key has access to every collection except those of the service.",
        widget=forms.Textarea(_LINES),
    )
    actions = forms.MultipleChoiceField(
        label="Actions",
        choices=_ACTIONS,
        widget=forms.CheckboxSelectMultiple,
        initial=["read"],
        error_messages={"required": "Choose at least one action."},
    )
    realtime = forms.CharField(
        label="Realtime",
        required=False,
        help_text="One per line: POST:orders for inserts into a collection, or the name of a channel.",
        widget=forms.Textarea({**_LINES, "rows": 2}),
    )

    def bounds(self) -> dict[str, list[str]]:
        """Return the restrictions as the service expects them. Without paths the member is omitted."""
        lists = {name: self.cleaned_data[name].split() for name in ("origins", "paths", "realtime")}
        return {name: lines for name, lines in lists.items() if lines or name != "paths"}


class NewBrowserKeyForm(BrowserKeyForm):
    """A new browser key, optionally with an expiry."""

    expires = forms.ChoiceField(label="Expires", choices=_LIFETIMES, required=False)

    def expiry(self) -> datetime | None:
        days = self.cleaned_data["expires"]
        return timezone.now() + timedelta(days=int(days)) if days else None


def initial(key: accounts.services.keys.Key) -> dict[str, Any]:
    """Return the initial values of a key's form."""
    web: Mapping[str, Any] = key.web or {}
    lists = {name: "\n".join(web.get(name, ())) for name in ("origins", "paths", "realtime")}
    return {"name": key.name, "actions": list(key.actions), **lists}


def verbs(key: accounts.services.keys.Key, actions: list[str]) -> list[str]:
    """Return the HTTP methods for new actions, without those excluded from the key's current actions."""
    allowed = {verb: action.value for verb, action in VERBS.items()}
    excluded = {verb for verb, action in allowed.items() if action in key.actions} - {*(key.web or {})["verbs"]}
    return [verb for verb, action in allowed.items() if action in actions and verb not in excluded]


NAMES = {
    "web.origins": "origins",
    "web.paths": "paths",
    "web.realtime": "realtime",
    "web.verbs": "actions",
    "expires_at": "expires",
}
