"""Rotation: the id stays, two texts are valid for a time, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import services
from accounts.models import ApiKey, Membership
from accounts.services.managing.rotation import rotate_key
from accounts.services.principals import principal_of_key
from engine import Conflict, NotFound, Unauthenticated

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def valid(*texts: str | None) -> list[bool]:
    """Return which texts are valid keys, read past the cache."""

    def is_valid(text: str) -> bool:
        try:
            principal_of_key(text, refresh=True)
        except Unauthenticated:
            return False
        return True

    return [is_valid(text or "") for text in texts]


def test_both_texts_are_valid_for_the_overlap(anna) -> None:
    old = services.keys.create_key(anna.principal, name="shop", actions=["read"], rate=60)
    new = rotate_key(anna.principal, key_id=str(old.id), overlap=DAY)
    assert (new.id, new.prefix, new.name, new.actions, new.rate) == (old.id, old.prefix, "shop", ("read",), 60)
    assert new.text != old.text
    assert valid(old.text, new.text) == [True, True]
    assert principal_of_key(old.text) == principal_of_key(new.text)
    ApiKey.objects.update(previous_expires_at=timezone.now() - timedelta(seconds=1))
    assert valid(old.text, new.text) == [False, True]


def test_the_overlap_ends_for_a_cached_text_too(anna) -> None:
    old = services.keys.create_key(anna.principal, name="shop")
    rotate_key(anna.principal, key_id=str(old.id), overlap=timedelta(milliseconds=300))
    with pytest.raises(Unauthenticated):
        while True:  # the text is in the cache for two seconds
            principal_of_key(old.text)


def test_a_third_text_would_end_the_first(anna) -> None:
    first = services.keys.create_key(anna.principal, name="shop")
    second = rotate_key(anna.principal, key_id=str(first.id), overlap=DAY)
    with pytest.raises(Conflict, match="its previous text is valid until 20"):
        rotate_key(anna.principal, key_id=str(first.id), overlap=DAY)
    third = rotate_key(anna.principal, key_id=str(first.id), overlap=timedelta())
    assert valid(first.text, second.text, third.text) == [False, False, True]
    fourth = rotate_key(anna.principal, key_id=str(first.id), overlap=DAY)
    assert valid(first.text, second.text, third.text, fourth.text) == [False, False, True, True]


def test_revocation_ends_both_texts(anna) -> None:
    old = services.keys.create_key(anna.principal, name="shop")
    new = rotate_key(anna.principal, key_id=str(old.id), overlap=DAY)
    assert principal_of_key(old.text) == principal_of_key(new.text)
    services.keys.revoke_key(anna.principal, key_id=str(old.id))
    for text in (old.text, new.text):  # through the cache
        with pytest.raises(Unauthenticated):
            principal_of_key(text)
    with pytest.raises(NotFound):
        rotate_key(anna.principal, key_id=str(old.id), overlap=DAY)


def test_the_expiry_of_the_key_holds_for_both_texts(anna) -> None:
    until = timezone.now() + timedelta(hours=1)
    old = services.keys.create_key(anna.principal, name="shop", expires_at=until)
    new = rotate_key(anna.principal, key_id=str(old.id), overlap=DAY)
    ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert valid(old.text, new.text) == [False, False]


def test_only_keys_of_the_team_are_rotated(anna, ben) -> None:
    key = services.keys.create_key(ben.principal, name="shop")
    with pytest.raises(NotFound):
        rotate_key(anna.principal, key_id=str(key.id), overlap=DAY)
    assert valid(key.text) == [True]


def test_a_removed_members_access_ends_at_once(anna, ben) -> None:
    """The session and the keys of a member who is removed from a team are refused in this process at once."""
    team = services.teams.create_team(anna.principal, name="shop")
    Membership.objects.create(team_id=team, user_id=ben.id, role="owner")
    services.principals.invalidate_all()
    key = services.keys.create_key(replace(ben.principal, home_team=team), name="shop")
    assert team in ben.principal.teams and valid(key.text) == [True]
    services.teams.remove_member(anna.principal, team, user_id=ben.id)
    assert team not in ben.principal.teams
    with pytest.raises(Unauthenticated):
        principal_of_key(key.text)
