"""Keys that are inspected: one's own, others with `own`, and none of another team."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import ApiKey, Membership, User
from accounts.principal import AccountPrincipal
from accounts.services import keys, principals
from accounts.services.scoping.inspection import inspect_key
from engine import Forbidden, Invalid, NotFound

pytestmark = pytest.mark.django_db
MISSING = "Key not found or permission denied."
BASE = "60c72b2f9b1d8b1a2d3e4567"


def acting(key: keys.Key) -> AccountPrincipal:
    principals.invalidate_all()
    return principals.principal_of_key(str(key.text))


def test_a_key_inspects_itself(anna: Any) -> None:
    key = keys.create_key(anna.principal, name="backend", actions=["read"])
    for key_id in (None, str(key.id)):
        inspected = inspect_key(acting(key), key_id)
        assert (inspected.id, inspected.name, inspected.role) == (key.id, "backend", "owner")
        assert (inspected.team, inspected.revoked_at) == (anna.principal.home_team, None)
        assert inspected.principal.scope == acting(key).scope  # type: ignore[attr-defined]


def test_a_person_names_a_key(anna: Any) -> None:
    key = keys.create_key(anna.principal, name="backend")
    assert inspect_key(anna.principal, str(key.id)).id == key.id
    with pytest.raises(Invalid) as caught:
        inspect_key(anna.principal, None)
    assert [error.field for error in caught.value.errors] == ["key_id"]


@pytest.mark.parametrize("key_id", ["", "x", "-1", "0", "1.0", " 1", "١", "9" * 18, "9" * 19, "1\n"])
def test_an_unknown_key(anna: Any, key_id: str) -> None:
    keys.create_key(anna.principal, name="backend")
    with pytest.raises(NotFound) as caught:
        inspect_key(anna.principal, key_id)
    assert caught.value.message == MISSING


def test_a_key_of_another_team_is_as_an_unknown_one(anna: Any, ben: Any) -> None:
    foreign = keys.create_key(ben.principal, name="foreign")
    own = keys.create_key(anna.principal, name="mine", actions=["read", "own"])
    for caller in (anna.principal, acting(own)):
        with pytest.raises(NotFound) as caught:
            inspect_key(caller, str(foreign.id))
        assert caught.value.message == MISSING


def test_another_key_needs_own(anna: Any) -> None:
    other = keys.create_key(anna.principal, name="other", actions=["read"])
    without = keys.create_key(anna.principal, name="without", actions=["read"])
    with_it = keys.create_key(anna.principal, name="with it", actions=["read", "own"])
    with pytest.raises(Forbidden, match="'own'"):
        inspect_key(acting(without), str(other.id))
    with pytest.raises(Forbidden, match="'own'"):
        inspect_key(acting(without), "x")
    assert inspect_key(acting(with_it), str(other.id)).name == "other"


def test_a_key_inspects_no_wider_key(anna: Any) -> None:
    caller = keys.create_key(anna.principal, name="caller", actions=["read", "own"])
    wider = keys.create_key(anna.principal, name="wider", actions=["read", "write"])
    with pytest.raises(NotFound):
        inspect_key(acting(caller), str(wider.id))
    ApiKey.objects.filter(pk=wider.id).update(actions=["read"], databases=[BASE])
    assert inspect_key(acting(caller), str(wider.id)).principal.scope.databases == {BASE}


def test_revoked_and_expired_keys_are_inspected(anna: Any) -> None:
    key = keys.create_key(anna.principal, name="old")
    at = timezone.now() - timedelta(hours=1)
    ApiKey.objects.filter(pk=key.id).update(revoked_at=at, expires_at=at)
    inspected = inspect_key(anna.principal, str(key.id))
    assert (inspected.revoked_at, inspected.expires_at) == (at, at)


def test_the_role_is_that_of_the_creator_now(anna: Any, ben: Any) -> None:
    team = anna.principal.home_team
    member = Membership.objects.create(team_id=team, user_id=ben.id, role="editor")
    key = keys.create_key(anna.principal, name="backend")
    ApiKey.objects.filter(pk=key.id).update(created_by=ben.id)
    assert inspect_key(anna.principal, str(key.id)).role == "editor"
    User.objects.filter(pk=ben.id).update(is_active=False)
    assert inspect_key(anna.principal, str(key.id)).role == ""
    User.objects.filter(pk=ben.id).update(is_active=True)
    member.delete()
    assert inspect_key(anna.principal, str(key.id)).role == ""
