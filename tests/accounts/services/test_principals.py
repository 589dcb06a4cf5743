"""Resolving credentials to principals: validity, caching and cost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import services
from accounts.models import ApiKey, Membership, Session
from accounts.services import principals
from engine import Action, Unauthenticated

pytestmark = pytest.mark.django_db
BASE = "60c72b2f9b1d8b1a2d3e4567"


@pytest.mark.usefixtures("lasting_caches")
def test_a_cached_token_needs_no_query(anna, django_assert_num_queries) -> None:
    assert anna.principal
    with django_assert_num_queries(0):
        assert anna.principal.user_id == anna.id


def test_an_expired_session_is_over(anna) -> None:
    Session.objects.update(expires_at=timezone.now())
    with pytest.raises(Unauthenticated):
        services.principals.principal_of_token(anna.access)
    with pytest.raises(Unauthenticated):
        services.sessions.refresh(anna.refresh)


def test_a_cached_key_expires(anna, monkeypatch) -> None:
    soon = timezone.now() + timedelta(hours=1)
    key = services.keys.create_key(anna.principal, name="k", expires_at=soon)
    assert services.principals.principal_of_key(key.text)
    monkeypatch.setattr(principals.timezone, "now", lambda: soon)
    with pytest.raises(Unauthenticated, match=r"^Invalid API Key\.$"):
        services.principals.principal_of_key(key.text)


def test_a_key_with_the_right_public_id_and_another_secret_is_refused(anna) -> None:
    key = services.keys.create_key(anna.principal, name="k")
    ApiKey.objects.update(digest="0" * 64)
    with pytest.raises(Unauthenticated, match=r"^Invalid API Key\.$"):
        services.principals.principal_of_key(key.text)


def test_a_key_is_invalid_after_its_creator_left_the_team(anna) -> None:
    key = services.keys.create_key(anna.principal, name="k")
    Membership.objects.filter(user_id=anna.id).update(role="viewer")
    principals.invalidate_all()
    principal = services.principals.principal_of_key(key.text)
    assert principal.actions(team_id=principal.home_team, database_id=BASE) == {Action.READ}
    Membership.objects.filter(user_id=anna.id).delete()
    principals.invalidate_all()
    with pytest.raises(Unauthenticated):
        services.principals.principal_of_key(key.text)


@pytest.mark.usefixtures("lasting_caches")
def test_use_is_recorded_at_most_once_a_minute(anna, django_assert_num_queries) -> None:
    key = services.keys.create_key(anna.principal, name="k")
    assert services.principals.principal_of_key(key.text)
    first = ApiKey.objects.get().last_used_at
    assert first is not None
    with django_assert_num_queries(0):
        services.principals.principal_of_key(key.text)
    principals.invalidate_all()
    services.principals.principal_of_key(key.text)
    assert ApiKey.objects.get().last_used_at == first
    ApiKey.objects.update(last_used_at=first - timedelta(minutes=2))
    principals.invalidate_all()
    services.principals.principal_of_key(key.text)
    assert ApiKey.objects.get().last_used_at >= first


def test_a_malformed_key_needs_no_query(db, django_assert_num_queries) -> None:
    with django_assert_num_queries(0), pytest.raises(Unauthenticated):
        services.principals.principal_of_key("dc_00000000_00000000000000000000000000000000_000000")


def test_present_teams_are_read_past_the_cache(anna) -> None:
    principal = anna.principal
    team_id = services.teams.create_team(principal, name="new")
    assert team_id not in principal.teams
    assert principals.with_current_teams(principal).teams == {**principal.teams, team_id: "owner"}
    key = principals.principal_of_key(services.keys.create_key(principal, name="k").text)
    assert principals.with_current_teams(key) is key
