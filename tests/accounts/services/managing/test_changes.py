"""Changes of a key: what is not named stays, and nobody gives more than they have."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts import services
from accounts.services.managing.changes import change_key
from accounts.services.principals import principal_of_key
from engine import Action, Forbidden, Invalid, NotFound

pytestmark = pytest.mark.django_db
BASE = "60c72b2f9b1d8b1a2d3e4567"
WEB = {"origins": ["https://a.example"], "paths": ["/films"]}


def test_named_members_change_at_once_and_others_stay(anna) -> None:
    key = services.keys.create_key(anna.principal, name="k", actions=["read"], rate=5)
    assert principal_of_key(key.text).scope.actions == {Action.READ}
    until = timezone.now() + timedelta(days=1)
    changes = {"actions": ["write", "read"], "databases": [BASE], "expires_at": until, "addresses": ["::1"]}
    changed = change_key(anna.principal, key_id=str(key.id), changes=changes)
    assert (changed.name, changed.rate, changed.actions, changed.databases) == ("k", 5, ("read", "write"), (BASE,))
    assert (changed.expires_at, changed.addresses, changed.text) == (until, ("::1",), None)
    with pytest.raises(Forbidden, match="This key may not be used from"):
        principal_of_key(key.text)
    all_again = {"addresses": None, "databases": None, "rate": None, "expires_at": None}
    reset = change_key(anna.principal, key_id=str(key.id), changes=all_again)
    assert (reset.addresses, reset.databases, reset.rate, reset.expires_at) == (None, None, None, None)
    assert principal_of_key(key.text).scope.actions == {Action.READ, Action.WRITE}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"actions": []}, "actions"),
        ({"databases": ["x"]}, "databases"),
        ({"rate": 0}, "rate"),
        ({"addresses": ["x"]}, "addresses.0"),
        ({"web": WEB}, "web"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "expires_at"),
    ],
)
def test_invalid_changes_change_nothing(anna, rows, changes: dict[str, Any], field: str) -> None:
    key = services.keys.create_key(anna.principal, name="k", actions=["read"])
    before = rows()
    with pytest.raises(Invalid) as caught:
        change_key(anna.principal, key_id=str(key.id), changes={"name": "other", **changes})
    assert [error.field for error in caught.value.errors] == [field]
    assert rows() == before


def test_a_browser_key_keeps_its_restrictions(anna) -> None:
    key = services.keys.create_key(anna.principal, name="page", actions=["read", "insert"], web=WEB)
    changed = change_key(anna.principal, key_id=str(key.id), changes={"actions": ["read"]})
    assert changed.web == {**WEB, "verbs": ["GET"], "realtime": []}
    changed = change_key(anna.principal, key_id=str(key.id), changes={"web": {"origins": ["*"]}})
    assert changed.web == {"origins": ["*"], "verbs": ["GET"], "realtime": []}
    with pytest.raises(Invalid):
        change_key(anna.principal, key_id=str(key.id), changes={"web": None})


@pytest.mark.parametrize(
    "changes",
    [
        {"actions": ["read", "write"]},
        {"databases": None},
        {"rate": None, "addresses": ["::1"], "daily_quota": 11},
        {"expires_at": timezone.now() + timedelta(days=3)},
    ],
)
def test_a_key_gives_itself_no_more(anna, rows, changes: dict[str, Any]) -> None:
    key = services.keys.create_key(
        anna.principal,
        name="k",
        actions=["read", "own"],
        databases=[BASE],
        daily_quota=10,
        expires_at=timezone.now() + timedelta(days=2),
    )
    acting = principal_of_key(key.text)
    before = rows()
    with pytest.raises(Forbidden, match="more than it has itself"):
        change_key(acting, key_id=str(key.id), changes=changes)
    assert rows() == before
    assert change_key(acting, key_id=str(key.id), changes={"daily_quota": None}).daily_quota == 10


def test_keys_of_others_are_not_found(anna, ben, rows) -> None:
    key = services.keys.create_key(ben.principal, name="k")
    before = rows()
    with pytest.raises(NotFound):
        change_key(anna.principal, key_id=str(key.id), changes={"name": "x"})
    assert rows() == before
