"""The form of a new API key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from dashboard.team.key_forms import ACTIONS, NewKeyForm
from engine import Action

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
FILMS, BOOKS = "60c72b2f9b1d8b1a2d3e4567", "60c72b2f9b1d8b1a2d3e4568"
DATABASES = [(FILMS, "films"), (BOOKS, "größe")]
VALUES = {"name": "my backend", "actions": ["read"], "scope": "chosen", "databases": [FILMS], "expires": ""}
REQUIRED = "This field is required."
NO_DATABASE = "Select at least one database, or all databases."


def unavailable(value: str) -> str:
    return f"Select a valid choice. {value} is not one of the available choices."


def form(**change: Any) -> NewKeyForm:
    return NewKeyForm(VALUES | change, databases=DATABASES)


@pytest.mark.parametrize(
    ("change", "databases"),
    [
        ({}, [FILMS]),
        ({"databases": [BOOKS, FILMS]}, [BOOKS, FILMS]),
        ({"scope": ""}, [FILMS]),
        ({"scope": "all"}, None),
        ({"scope": "all", "databases": []}, None),
    ],
)
def test_arguments_of_the_service(change: dict[str, Any], databases: list[str] | None) -> None:
    bound = form(**change)
    assert bound.is_valid(), bound.errors
    assert bound.arguments() == {
        "name": "my backend",
        "actions": ["read"],
        "databases": databases,
        "expires_at": None,
    }


@pytest.mark.parametrize("days", [1, 7, 30, 90, 365])
def test_the_expiry_is_a_number_of_days_from_now(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    bound = form(expires=str(days))
    assert bound.is_valid(), bound.errors
    assert bound.arguments()["expires_at"] == NOW + timedelta(days)


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        ({"name": " "}, {"name": [REQUIRED]}),
        ({"name": "é" * 100, "actions": [*Action]}, {}),
        ({"name": "é" * 101}, {"name": ["Ensure this value has at most 100 characters (it has 101)."]}),
        ({"actions": []}, {"actions": [REQUIRED]}),
        ({"actions": ["read", "admin"]}, {"actions": [unavailable("admin")]}),
        ({"databases": []}, {"databases": [NO_DATABASE]}),
        ({"scope": "", "databases": []}, {"databases": [NO_DATABASE]}),
        ({"scope": "some"}, {"scope": [unavailable("some")]}),
        ({"scope": "some", "databases": []}, {"scope": [unavailable("some")], "databases": [NO_DATABASE]}),
        ({"databases": [FILMS, "absent"]}, {"databases": [unavailable("absent")]}),
        ({"expires": "2"}, {"expires": [unavailable("2")]}),
        ({"expires": "-1"}, {"expires": [unavailable("-1")]}),
    ],
)
def test_errors_of_the_form(change: dict[str, Any], errors: dict[str, list[str]]) -> None:
    assert {name: [*texts] for name, texts in form(**change).errors.items()} == errors


@pytest.mark.parametrize(("databases", "initial"), [([], []), (DATABASES, [FILMS])])
def test_an_empty_form_selects_little(databases: list[tuple[str, str]], initial: list[str]) -> None:
    unbound = NewKeyForm(databases=databases)
    assert {name: unbound[name].value() for name in ("actions", "scope", "databases", "expires")} == {
        "actions": ["read"],
        "scope": "chosen",
        "databases": initial,
        "expires": "90",
    }


def test_every_action_can_be_selected() -> None:
    assert [Action(value) for value, _ in ACTIONS] == [*Action]
