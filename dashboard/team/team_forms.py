"""Forms of teams and invitations."""

from __future__ import annotations

from django import forms

from accounts.services.teams import ROLES_IN_TEAMS
from dashboard.layout.forms import Form, OneLineField


class NewTeamForm(Form):
    name = OneLineField(label="Name of the team", max_length=100, widget=forms.TextInput({"autocomplete": "off"}))


class InviteForm(Form):
    email = forms.EmailField(
        label="E-mail address", max_length=254, widget=forms.EmailInput({"autocomplete": "off"})
    )
    role = forms.ChoiceField(label="Role", choices=[(role, role) for role in ROLES_IN_TEAMS], initial="editor")
