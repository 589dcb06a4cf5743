"""Forms of identity providers, and the repeated rows of roles."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict

from accounts.principal import NAMED_ALONE
from dashboard.layout.forms import Form
from identity.verification import ALGORITHMS, EVERY

# The rights of a row of roles. PUT and PATCH are one right.
RIGHTS = (("GET", "Read"), ("POST", "Insert"), ("PUT", "Change"), ("DELETE", "Delete"))
_ALGORITHM_TITLES = {"HS256": "HS256: a shared secret", "RS256": "RS256: a public key"}
_ROW = re.compile(r"role-([0-9]{1,6})-name")


class IssuerForm(Form):
    """An identity provider. An empty key keeps the stored one."""

    name = forms.CharField(label="Name", max_length=100, widget=forms.TextInput({"autocomplete": "off"}))
    algorithm = forms.ChoiceField(
        label="Algorithm", choices=[(name, _ALGORITHM_TITLES[name]) for name in ALGORITHMS], initial="RS256"
    )
    key = forms.CharField(
        label="Key",
        required=False,
        strip=False,
        widget=forms.Textarea(
            {"rows": 4, "spellcheck": "false", "autocomplete": "off", "class": "font-mono text-[0.8125rem]"}
        ),
    )
    issuer = forms.CharField(
        label="Issuer",
        max_length=500,
        required=False,
        help_text="When entered, the claim iss of a token must be this.",
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    audience = forms.CharField(
        label="Audience",
        max_length=500,
        required=False,
        help_text="When entered, the claim aud must be this. Needed if the provider has other applications too.",
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    private = forms.MultipleChoiceField(
        label="Private collections",
        required=False,
        help_text="In these, users see only the documents that they created.",
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *arguments: Any, collections: Sequence[str], stored: bool, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.set_choices("private", choices(collections))
        self.fields["key"].required = not stored
        hint = "For HS256 the secret, at least 32 characters; for RS256 the public key or certificate in PEM."
        self.fields["key"].help_text = f"{hint} Leave it empty to keep the stored key." if stored else hint

    def without_key(self) -> IssuerForm:
        """Return the form with its errors and without the submitted key, which no page shows again."""
        _ = self.errors
        if self.is_bound and isinstance(self.data, QueryDict):
            self.data = self.data.copy()
            self.data["key"] = ""
        return self


def choices(collections: Sequence[str]) -> list[tuple[str, str]]:
    """Return the collections that rights can refer to, as values and titles."""
    names = dict.fromkeys([*collections, *sorted(NAMED_ALONE)])
    return [(EVERY, "All collections"), *((name, name) for name in names)]


def role_rows(roles: Mapping[str, Mapping[str, Sequence[str]]]) -> list[dict[str, Any]]:
    """Return stored roles as rows, one for each role and collection."""
    pairs = [(role, name, verbs) for role, entries in roles.items() for name, verbs in entries.items()]
    return [
        {"number": number, "name": role, "collection": name, "verbs": _as_rights(verbs)}
        for number, (role, name, verbs) in enumerate(pairs)
    ]


def typed_rows(data: QueryDict) -> list[dict[str, Any]]:
    """Return the submitted rows in order. Rows without a name and without a right are left out."""
    numbers = [match[1] for key in data if (match := _ROW.fullmatch(key))]
    rows = [
        {
            "number": number,
            "name": data.get(f"role-{number}-name", "").strip(),
            "collection": data.get(f"role-{number}-collection", ""),
            "verbs": data.getlist(f"role-{number}-verb"),
        }
        for number in numbers
    ]
    return [row for row in rows if row["name"] or row["verbs"]]


def roles_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, list[str]]]:
    """Return roles as the service expects them. Rows of the same role and collection are merged."""
    roles: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        entry = roles.setdefault(row["name"], {}).setdefault(row["collection"], [])
        entry += [verb for right in row["verbs"] for verb in (("PUT", "PATCH") if right == "PUT" else (right,))]
    return roles


def _as_rights(verbs: Sequence[str]) -> list[str]:
    return [right for right, _ in RIGHTS if right in verbs or (right == "PUT" and "PATCH" in verbs)]
