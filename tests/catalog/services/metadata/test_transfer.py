"""A database that is given to another team."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import engine
from accounts.models import Membership, Team
from accounts.principal import PersonPrincipal, Scope
from accounts.services import account_deletion, principals
from audit.models import AuditEntry
from catalog.models import Database
from catalog.services.access import open_database
from catalog.services.deletion import drop_databases_of_teams, reassign_databases
from catalog.services.metadata.transfer import transfer_database
from tests.tenants import key_of

pytestmark = pytest.mark.usefixtures("quick_drops", "db")


@pytest.fixture
def stranger(make_principal: Callable[..., PersonPrincipal]) -> PersonPrincipal:
    return make_principal()


def joined(principal: PersonPrincipal, role: str) -> tuple[PersonPrincipal, int]:
    """Return the principal as a member of a new team, and the team's id."""
    team = Team.objects.create(name="crew")
    Membership.objects.create(team=team, user_id=principal.user_id, role=role)
    return principals.with_current_teams(principal), team.pk


@pytest.mark.parametrize("role", ["owner", "admin"])
def test_the_other_team_has_it_and_the_former_one_has_not(owner, database, stranger, role: str) -> None:
    database.collection("films").insert([{"n": 1}])
    former, (person, team) = owner, joined(owner, role)
    Membership.objects.create(team_id=team, user_id=stranger.user_id, role="viewer")
    assert transfer_database(person, database.id, team=team) == "first"
    recorded = AuditEntry.objects.filter(database_id=database.id).order_by("-pk").values_list("action", "team_id")
    assert [*recorded[:2]] == [("database.receive", team), ("database.give", former.home_team)]
    with pytest.raises(engine.NotFound):
        open_database(former, database.id)
    reader = open_database(principals.with_current_teams(stranger), database.id)
    assert reader.allowed == {engine.Action.READ}
    assert [item["n"] for item in reader.collection("films").find(engine.Query({})).documents] == [1]


def test_a_key_of_the_former_team_loses_access(owner, database) -> None:
    key = key_of(owner, Scope(frozenset({engine.Action.READ}), frozenset({database.id})))
    assert open_database(key, database.id)
    person, team = joined(owner, "owner")
    transfer_database(person, database.id, team=team)
    with pytest.raises(engine.NotFound):
        open_database(key, database.id)


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_a_role_in_the_other_team_that_may_not_create_databases(owner, database, rows, role: str) -> None:
    person, team = joined(owner, role)
    before = rows()
    with pytest.raises(engine.Forbidden):
        transfer_database(person, database.id, team=team)
    assert rows() == before


def test_a_team_of_others_does_not_exist(owner, database, stranger, rows) -> None:
    before = rows()
    for team in (stranger.home_team, 0, 999_999_999):
        with pytest.raises(engine.NotFound):
            transfer_database(owner, database.id, team=team)
    person, team = joined(stranger, "owner")
    with pytest.raises(engine.NotFound):
        transfer_database(person, database.id, team=team)
    assert rows() == before


def test_it_needs_own_in_the_present_team(owner, database, stranger) -> None:
    Membership.objects.create(team_id=owner.home_team, user_id=stranger.user_id, role="admin")
    person, team = joined(stranger, "owner")
    with pytest.raises(engine.Forbidden):
        transfer_database(person, database.id, team=team)


def test_its_own_team_a_taken_name_and_a_full_team(owner, database, settings) -> None:
    with pytest.raises(engine.Invalid):
        transfer_database(owner, database.id, team=owner.home_team)
    person, team = joined(owner, "owner")
    Database.objects.create(public_id="0" * 24, team_id=team, name="first", physical="x", state="ready")
    with pytest.raises(engine.Conflict):
        transfer_database(person, database.id, team=team)
    settings.MAX_DATABASES = 1
    with pytest.raises(engine.TooLarge):
        transfer_database(person, database.id, team=team)
    assert Database.objects.get(public_id=database.id).team_id == owner.home_team


def test_who_left_the_team_may_delete_the_account(owner, database, stranger) -> None:
    person, team = joined(owner, "owner")
    Membership.objects.create(team_id=team, user_id=stranger.user_id, role="owner")
    transfer_database(person, database.id, team=team)
    Membership.objects.filter(team=team, user=owner.user_id).delete()
    left = principals.with_current_teams(owner)
    plan = account_deletion.plan_account_deletion(left)
    drop_databases_of_teams(left, plan.ending)
    reassign_databases(left, plan.new_owners)
    account_deletion.delete_account(left)
    assert Database.objects.get(public_id=database.id).created_by_id == stranger.user_id
