"""Creating, listing and revoking keys, and the permissions for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts import services
from accounts.models import ApiKey
from engine import Action, Forbidden, Invalid, NotFound, TooLarge, Unauthenticated

pytestmark = pytest.mark.django_db
BASE = "60c72b2f9b1d8b1a2d3e4567"
OTHER_BASE = "60c72b2f9b1d8b1a2d3e4568"


def test_a_new_key_acts_on_documents_everywhere(anna) -> None:
    key = services.keys.create_key(anna.principal, name="k")
    assert key.actions == ("read", "insert", "write", "delete")
    assert key.databases is None and key.expires_at is None
    principal = services.principals.principal_of_key(key.text)
    assert principal.actions(team_id=anna.principal.home_team, database_id=BASE) == {
        Action.READ,
        Action.INSERT,
        Action.WRITE,
        Action.DELETE,
    }
    assert not principal.may_create_databases()
    stored = str(ApiKey.objects.values_list())
    assert key.text not in stored and key.text.split("_")[2] not in stored
    assert [listed.text for listed in services.keys.list_keys(anna.principal)] == [None]


def test_a_key_is_bound_to_what_it_names(anna) -> None:
    key = services.keys.create_key(
        anna.principal, name="k", databases=[BASE.upper(), BASE], actions=["own", "read"]
    )
    assert (key.databases, key.actions) == ((BASE,), ("read", "own"))
    principal = services.principals.principal_of_key(key.text)
    team = anna.principal.home_team
    assert principal.actions(team_id=team, database_id=BASE) == {Action.READ, Action.OWN}
    assert principal.actions(team_id=team, database_id=OTHER_BASE) == frozenset()
    assert principal.actions(team_id=team + 1, database_id=BASE) == frozenset()


@pytest.mark.parametrize(
    ("scope", "field"),
    [
        ({"databases": []}, "databases"),
        ({"databases": ["x"]}, "databases"),
        ({"databases": [BASE, BASE + "0"]}, "databases"),
        ({"actions": []}, "actions"),
        ({"actions": ["read", "rule"]}, "actions"),
        ({"expires_at": timezone.now()}, "expires_at"),
    ],
)
def test_an_empty_or_invalid_scope_is_refused(anna, scope: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        services.keys.create_key(anna.principal, name="k", **scope)
    assert [error.field for error in caught.value.errors] == [field]
    assert not ApiKey.objects.exists()


def test_a_revoked_key_is_invalid_at_once_in_this_process(anna) -> None:
    key = services.keys.create_key(anna.principal, name="k")
    assert services.principals.principal_of_key(key.text)
    services.keys.revoke_key(anna.principal, key_id=str(key.id))
    with pytest.raises(Unauthenticated, match=r"^Invalid API Key\.$"):
        services.principals.principal_of_key(key.text)
    assert services.keys.list_keys(anna.principal) == []
    with pytest.raises(NotFound):
        services.keys.revoke_key(anna.principal, key_id=str(key.id))


def test_the_number_of_keys_of_a_team_is_limited(anna, ben, settings) -> None:
    settings.MAX_KEYS = 1
    key = services.keys.create_key(anna.principal, name="k")
    with pytest.raises(TooLarge, match=r"has 1 keys; the limit is 1 \(MAX_KEYS\)"):
        services.keys.create_key(anna.principal, name="k")
    services.keys.create_key(ben.principal, name="k")
    services.keys.revoke_key(anna.principal, key_id=str(key.id))
    services.keys.create_key(anna.principal, name="k")


@pytest.mark.parametrize("actions", [None, ["read"], ["design"]])
def test_a_key_without_own_manages_no_keys(anna, rows, actions: list[str] | None) -> None:
    other = services.keys.create_key(anna.principal, name="other")
    key = services.keys.create_key(anna.principal, name="k", actions=actions)
    acting = services.principals.principal_of_key(key.text)
    before = rows()
    for attempt in (
        lambda: services.keys.list_keys(acting),
        lambda: services.keys.create_key(acting, name="x", actions=["read"]),
        lambda: services.keys.revoke_key(acting, key_id=str(other.id)),
    ):
        with pytest.raises(Forbidden):
            attempt()
    assert rows() == before


@pytest.mark.parametrize(
    "scope",
    [
        {"actions": ["read", "write"], "databases": [BASE]},
        {"actions": ["read"]},
        {"actions": ["read"], "databases": [BASE, OTHER_BASE]},
        {"databases": [BASE]},
    ],
)
def test_a_key_gives_no_more_than_it_has(anna, rows, scope: dict[str, Any]) -> None:
    key = services.keys.create_key(anna.principal, name="k", actions=["read", "own"], databases=[BASE])
    acting = services.principals.principal_of_key(key.text)
    before = rows()
    with pytest.raises(Forbidden, match=r"^A key cannot give more than it has itself\.$"):
        services.keys.create_key(acting, name="x", **scope)
    assert rows() == before


def test_a_key_gives_what_it_has(anna) -> None:
    until = timezone.now() + timedelta(hours=1)
    key = services.keys.create_key(
        anna.principal, name="k", actions=["read", "own"], databases=[BASE, OTHER_BASE], expires_at=until
    )
    acting = services.principals.principal_of_key(key.text)
    created = services.keys.create_key(acting, name="x", actions=["read"], databases=[BASE])
    assert created.expires_at == until, "not later than the key that created it"
    with pytest.raises(Forbidden):
        services.keys.create_key(
            acting, name="x", actions=["read"], databases=[BASE], expires_at=until + timedelta(hours=1)
        )


def test_a_key_sees_and_revokes_none_that_has_more(anna) -> None:
    broad = services.keys.create_key(anna.principal, name="broad")
    key = services.keys.create_key(anna.principal, name="k", actions=["read", "own"], databases=[BASE])
    narrow = services.keys.create_key(anna.principal, name="narrow", actions=["read"], databases=[BASE])
    acting = services.principals.principal_of_key(key.text)
    assert [listed.name for listed in services.keys.list_keys(acting)] == ["narrow", "k"]
    with pytest.raises(NotFound):
        services.keys.revoke_key(acting, key_id=str(broad.id))
    services.keys.revoke_key(acting, key_id=str(narrow.id))
    assert services.principals.principal_of_key(broad.text)


@pytest.mark.parametrize("key_id", ["0", "-1", "x", "", "9" * 30, "1.0", "\0", "١"])
def test_an_odd_key_id_is_not_found(anna, key_id: str) -> None:
    with pytest.raises(NotFound):
        services.keys.revoke_key(anna.principal, key_id=key_id)


def test_another_teams_key_is_not_found(anna, ben, rows) -> None:
    key = services.keys.create_key(anna.principal, name="k")
    assert services.keys.list_keys(ben.principal) == []
    before = rows()
    with pytest.raises(NotFound):
        services.keys.revoke_key(ben.principal, key_id=str(key.id))
    assert rows() == before
