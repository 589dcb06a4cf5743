"""Forms of browser keys: lists of lines, expiries, and the methods that an edit leaves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

import accounts.services
from accounts.serializers import NewKey
from dashboard.services.browser_key_forms import NAMES, BrowserKeyForm, NewBrowserKeyForm, initial, verbs
from engine import FieldError, Invalid

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
VALUES = {"name": "shop", "origins": "https://shop.example.com", "actions": ["read"]}
WEB = {"origins": ["https://a.com", "*"], "verbs": ["GET", "PUT"], "paths": ["/films/**"], "realtime": ["chat"]}


def key(*actions: str, web: dict[str, list[str]] | None = None) -> accounts.services.keys.Key:
    return accounts.services.keys.Key(
        id=1,
        name="shop",
        prefix="dc_1a2B3c4D...",
        databases=None,
        actions=actions,
        created_by=1,
        created_at=NOW,
        expires_at=None,
        last_used_at=None,
        web=web,
    )


def errors(values: dict[str, Any]) -> dict[str, list[str]]:
    return {name: [*texts] for name, texts in NewBrowserKeyForm(values).errors.items()}


@pytest.mark.parametrize(
    ("lists", "bounds"),
    [
        ({}, {"origins": ["https://shop.example.com"], "realtime": []}),
        ({"paths": " \r\n "}, {"origins": ["https://shop.example.com"], "realtime": []}),
        (
            {
                "origins": "https://a.com\r\n\r\n  *  \n",
                "paths": "/größe/**\n/films",
                "realtime": "POST:films chat",
            },
            {
                "origins": ["https://a.com", "*"],
                "paths": ["/größe/**", "/films"],
                "realtime": ["POST:films", "chat"],
            },
        ),
    ],
)
def test_lines_become_lists(lists: dict[str, str], bounds: dict[str, list[str]]) -> None:
    form = BrowserKeyForm(VALUES | lists)
    assert form.is_valid(), form.errors
    assert form.bounds() == bounds


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"name": " "}, {"name": ["This field is required."]}),
        ({"name": "a\nb"}, {"name": ["Must be one line, without control characters."]}),
        ({"name": "x" * 101}, {"name": ["Ensure this value has at most 100 characters (it has 101)."]}),
        ({"origins": " \n "}, {"origins": ["Enter at least one origin."]}),
        ({"actions": []}, {"actions": ["Choose at least one action."]}),
        (
            {"actions": ["read", "own"]},
            {"actions": ["Select a valid choice. own is not one of the available choices."]},
        ),
        ({"expires": "2"}, {"expires": ["Select a valid choice. 2 is not one of the available choices."]}),
        ({"name": "x" * 100, "actions": ["read", "insert", "write", "delete"]}, {}),
    ],
)
def test_errors_of_the_form(change: dict[str, Any], expected: dict[str, list[str]]) -> None:
    assert errors(VALUES | change) == expected


@pytest.mark.parametrize(("days", "expiry"), [("", None), ("7", NOW + timedelta(7)), ("365", NOW + timedelta(365))])
def test_the_expiry_is_a_number_of_days_from_now(
    monkeypatch: pytest.MonkeyPatch, days: str, expiry: datetime | None
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    form = NewBrowserKeyForm(VALUES | {"expires": days})
    assert form.is_valid(), form.errors
    assert form.expiry() == expiry


@pytest.mark.parametrize(
    ("stored", "values"),
    [
        (
            key("read", "write", web=WEB),
            {"actions": ["read", "write"], "origins": "https://a.com\n*", "paths": "/films/**", "realtime": "chat"},
        ),
        (
            key("read", web={"origins": [], "verbs": ["GET"], "realtime": []}),
            {"actions": ["read"], "origins": "", "paths": "", "realtime": ""},
        ),
        (key("read"), {"actions": ["read"], "origins": "", "paths": "", "realtime": ""}),
    ],
)
def test_initial_values(stored: accounts.services.keys.Key, values: dict[str, Any]) -> None:
    assert initial(stored) == {"name": "shop", **values}


@pytest.mark.parametrize(
    ("current", "allowed", "actions", "expected"),
    [
        (("read",), ["GET"], ["read"], ["GET"]),
        (("read",), ["GET"], ["delete", "insert", "read"], ["GET", "POST", "DELETE"]),
        (("read", "write"), ["GET", "PUT"], ["read", "write"], ["GET", "PUT"]),
        (("read", "write"), ["GET", "PUT"], ["read", "write", "insert"], ["GET", "POST", "PUT"]),
        (("read", "write"), ["GET", "PUT", "PATCH"], ["read"], ["GET"]),
        (("read", "insert"), ["POST"], ["read"], []),
        (("read",), ["GET"], ["write"], ["PUT", "PATCH"]),
        (("read",), ["GET"], [], []),
    ],
)
def test_an_edit_keeps_excluded_methods_excluded(
    current: tuple[str, ...], allowed: list[str], actions: list[str], expected: list[str]
) -> None:
    assert verbs(key(*current, web={"verbs": allowed}), actions) == expected


def test_errors_of_the_service_are_at_their_fields() -> None:
    form = NewBrowserKeyForm(VALUES)
    service_fields = [*(f"web.{name}" for name in NewKey().fields["web"].fields), "expires_at", "name", "actions"]
    form.add_errors(Invalid("No.", errors=[FieldError(name, name) for name in service_fields]), names=NAMES)
    assert {name: [*texts] for name, texts in form.errors.items()} == {
        "origins": ["web.origins"],
        "paths": ["web.paths"],
        "realtime": ["web.realtime"],
        "actions": ["web.verbs", "actions"],
        "expires": ["expires_at"],
        "name": ["name"],
    }
