"""The deletion of an account: which teams end, who owns the others, and what an export contains."""

from __future__ import annotations

import json
from typing import Any

import pytest

from accounts.models import ApiKey, Membership, Session, Team, User
from accounts.services import account_deletion, keys, principals, teams
from engine import Conflict, Unauthenticated

pytestmark = pytest.mark.django_db


def shared(founder: Any, name: str, **members: Any) -> int:
    """Create a team with members by role, and return its id."""
    team = teams.create_team(founder.principal, name=name)
    for role, person in members.items():
        Membership.objects.create(team_id=team, user_id=person.id, role=role)
    return team


def test_the_plan_tells_ending_teams_from_remaining_ones(anna: Any, ben: Any) -> None:
    alone = shared(anna, "alone")
    two_owners = shared(anna, "two owners", owner=ben)
    shared(anna, "blocked", admin=ben)
    foreign = shared(ben, "foreign", viewer=anna)
    plan = account_deletion.plan_account_deletion(anna.principal)
    assert {*plan.ending} == {anna.principal.home_team, alone}
    assert plan.new_owners == {two_owners: ben.id, foreign: ben.id}
    assert plan.blocked == ("blocked",)


def test_a_personal_team_ends_with_its_members(anna: Any, ben: Any) -> None:
    Membership.objects.create(team_id=anna.principal.home_team, user_id=ben.id, role="admin")
    plan = account_deletion.plan_account_deletion(anna.principal)
    assert (plan.ending, plan.blocked) == ((anna.principal.home_team,), ())


def test_a_blocked_account_stays_whole(anna: Any, ben: Any, rows: Any) -> None:
    for name in ("one", "two"):
        shared(anna, name, editor=ben)
    principal, before = anna.principal, rows()
    with pytest.raises(Conflict, match="remove the members: one, two"):
        account_deletion.delete_account(principal)
    assert rows() == before


def test_everything_of_the_account_is_deleted(anna: Any, ben: Any) -> None:
    remaining, ending = shared(anna, "remaining", owner=ben), shared(anna, "ending")
    text = keys.create_key(anna.principal, name="k").text
    others = keys.create_key(ben.principal, name="k").text
    account_deletion.delete_account(anna.principal)
    assert not User.objects.filter(pk=anna.id).exists()
    assert not Session.objects.filter(user=anna.id).exists()
    assert not ApiKey.objects.filter(created_by=anna.id).exists()
    assert not Team.objects.filter(pk=ending).exists()
    assert dict(Membership.objects.filter(team=remaining).values_list("user_id", "role")) == {ben.id: "owner"}
    with pytest.raises(Unauthenticated):
        _ = anna.principal
    with pytest.raises(Unauthenticated):
        principals.principal_of_key(str(text))
    assert principals.principal_of_key(str(others)).user_id == ben.id


def test_an_export_has_all_parts_and_no_secret(anna: Any, ben: Any) -> None:
    shared(anna, "Makers", owner=ben)
    text = keys.create_key(anna.principal, name="backend").text
    keys.create_key(ben.principal, name="of ben")
    exported = account_deletion.export_account(anna.principal)
    assert [*exported] == ["profile", "teams", "sessions", "known_clients", "keys"]
    assert exported["profile"]["email"] == anna.email
    assert [item["name"] for item in exported["teams"]][1:] == ["Makers"]
    assert [item["name"] for item in exported["keys"]] == ["backend"]
    assert len(exported["sessions"]) == 1
    written = json.dumps(exported, default=str)
    stored = User.objects.get(pk=anna.id).password
    for secret in (str(text), stored, ApiKey.objects.get(name="backend").digest, anna.refresh, ben.email):
        assert secret not in written
