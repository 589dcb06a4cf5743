"""Forms of teams and invitations."""

from __future__ import annotations

import pytest

from accounts.principal import ROLES
from dashboard.team.team_forms import InviteForm, NewTeamForm

REQUIRED = "This field is required."


@pytest.mark.parametrize(
    ("name", "cleaned", "errors"),
    [
        (" R&D größe ", "R&D größe", []),
        ("x" * 100, "x" * 100, []),
        ("x" * 101, None, ["Ensure this value has at most 100 characters (it has 101)."]),
        (" ", None, [REQUIRED]),
        ("a\0b", None, ["Null characters are not allowed."]),
    ],
)
def test_the_name_of_a_new_team(name: str, cleaned: str | None, errors: list[str]) -> None:
    form = NewTeamForm({"name": name})
    assert [*form.errors.get("name", [])] == errors
    assert form.cleaned_data.get("name") == cleaned


@pytest.mark.parametrize(
    ("email", "role", "errors"),
    [
        ("anna@example.com", "viewer", {}),
        (f"{'a' * 242}@example.com", "owner", {}),
        ("", "", {"email": [REQUIRED], "role": [REQUIRED]}),
        ("anna", "editor", {"email": ["Enter a valid email address."]}),
        (
            f"{'a' * 243}@example.com",
            "editor",
            {"email": ["Ensure this value has at most 254 characters (it has 255)."]},
        ),
        (
            "anna@example.com",
            "Editor",
            {"role": ["Select a valid choice. Editor is not one of the available choices."]},
        ),
    ],
)
def test_an_invitation(email: str, role: str, errors: dict[str, list[str]]) -> None:
    form = InviteForm({"email": email, "role": role})
    assert {name: [*texts] for name, texts in form.errors.items()} == errors


def test_every_role_can_be_given() -> None:
    assert [value for value, _ in InviteForm().fields["role"].choices] == [*ROLES]
    assert InviteForm()["role"].value() == "editor"
