"""Forms of teams and invitations."""

from __future__ import annotations

from django import forms
from django.http import QueryDict

from accounts.services.teams import ROLES_IN_TEAMS
from dashboard.layout.forms import Form, OneLineField


class NewTeamForm(Form):
    name = OneLineField(label="Name of the team", max_length=100, widget=forms.TextInput({"autocomplete": "off"}))


def rename_form(data: QueryDict | None = None, *, initial: dict[str, str] | None = None) -> NewTeamForm:
    """Return the form of a team's name, with element ids that differ from those of a new team."""
    return NewTeamForm(data, initial=initial, auto_id="rename_%s")


class InviteForm(Form):
    email = forms.EmailField(
        label="E-mail address", max_length=254, widget=forms.EmailInput({"autocomplete": "off"})
    )
    role = forms.ChoiceField(label="Role", choices=[(role, role) for role in ROLES_IN_TEAMS], initial="editor")
