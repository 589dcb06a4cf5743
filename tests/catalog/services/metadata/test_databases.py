"""Databases with a free title, in any team of their creator."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import engine
from accounts.models import Membership, Team
from accounts.principal import PersonPrincipal
from catalog.services.access import open_database
from catalog.services.metadata.attributes import read_profile
from catalog.services.metadata.databases import create_titled_database, give_database, title_error

pytestmark = pytest.mark.usefixtures("quick_drops")


@pytest.fixture
def with_team(owner: PersonPrincipal) -> tuple[PersonPrincipal, int]:
    """The owner with another team, and its id."""
    team = Team.objects.create(name="other")
    Membership.objects.create(team=team, user_id=owner.user_id, role=Membership.Role.OWNER)
    return replace(owner, teams={**owner.teams, team.pk: "owner"}), team.pk


@pytest.mark.parametrize(
    ("title", "error"),
    [
        ("Größe & Co.", ""),
        (1, "Must be a string."),
        (" ", "Must have 1 to 100 characters."),
        ("a\0", "Must not contain NUL."),
    ],
)
def test_titles(title: Any, error: str) -> None:
    assert title_error(title) == error


def test_two_databases_may_have_one_title(owner: PersonPrincipal) -> None:
    ids = [create_titled_database(owner, title="Größe & Co.") for _ in range(2)]
    first, second = (read_profile(owner, database_id) for database_id in ids)
    assert first.name == second.name == "Größe & Co."
    assert open_database(owner, first.id).name == "gr-e-co"
    assert open_database(owner, second.id).name.startswith("gr-e-co-")
    assert first.shared_id.startswith("gr-e-co-")
    assert first.shared_id != second.shared_id


def test_another_owner(with_team: tuple[PersonPrincipal, int]) -> None:
    principal, team = with_team
    database_id = create_titled_database(principal, title="x")
    give_database(principal, database_id, team=team)
    assert read_profile(principal, database_id).team == team
    other = create_titled_database(principal, title="x")
    with pytest.raises(engine.Conflict, match="has a database named 'x' already"):
        give_database(principal, other, team=team)
    assert read_profile(principal, other).team == principal.home_team


def test_a_team_without_a_role(owner: PersonPrincipal) -> None:
    database_id = create_titled_database(owner, title="x")
    with pytest.raises(engine.Forbidden):
        give_database(owner, database_id, team=0)
    with pytest.raises(engine.Forbidden):
        create_titled_database(owner, title="y", team=0)
