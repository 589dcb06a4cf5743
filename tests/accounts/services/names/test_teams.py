"""Teams by name: found among one's own alone, renamed and deleted by owners."""

from __future__ import annotations

from dataclasses import replace

import pytest

from accounts import services
from accounts.models import Membership, Team, User
from accounts.principal import ApiKeyPrincipal, Scope
from accounts.services.names import teams
from engine import ALL_ACTIONS, Conflict, Forbidden, Invalid, NotFound

pytestmark = pytest.mark.django_db


def person(user, *members) -> object:
    """The principal with its present teams."""
    rows = Membership.objects.filter(user=user.user_id).values_list("team_id", "role")
    return replace(user, teams=dict(rows))


@pytest.fixture
def joe(make_principal):
    return make_principal()


@pytest.fixture
def crew(joe):
    return teams.create(joe, name=" Crew ")


def test_a_team_is_found_by_name_or_id(joe, crew, make_principal) -> None:
    joe = person(joe)
    assert teams.find(joe, "Crew") == teams.find(joe, str(crew.id)) == crew
    assert [team.name for team in teams.teams_of(joe.user_id)] == [joe.email, "Crew"]
    stranger = make_principal()
    for name in ("Crew", str(crew.id), "nothing", "\0", "9" * 30, ""):
        with pytest.raises(NotFound, match=r"^Team not found\."):
            teams.find(stranger, name)


def test_names_are_unique_among_the_teams_of_a_person(joe, crew, make_principal) -> None:
    joe = person(joe)
    with pytest.raises(Conflict):
        teams.create(joe, name="Crew")
    other = teams.create(make_principal(), name="Crew")
    Membership.objects.create(team_id=other.id, user_id=joe.user_id, role="viewer")
    with pytest.raises(NotFound, match="Several of your teams"):
        teams.find(person(joe), "Crew")


def test_an_owner_renames_and_an_administrator_bills(joe, crew) -> None:
    joe = person(joe)
    teams.change(joe, crew.id, name="Band")
    with pytest.raises(Forbidden):
        teams.change(joe, crew.id, name="Gang", billing={"plan": "pro"})
    assert (teams.find(joe, "Band").billing, Team.objects.get(pk=crew.id).name) == (None, "Band")
    User.objects.filter(pk=joe.user_id).update(is_admin=True)
    teams.change(joe, crew.id, billing={"plan": "pro"})
    assert teams.find(joe, "Band").billing == {"plan": "pro", "subscription_id": None, "email_address": None}
    for name, error in {"": Invalid, "x" * 101: Invalid, joe.email: Conflict}.items():
        with pytest.raises(error):
            teams.change(joe, crew.id, name=name)


def test_an_owner_deletes(joe, crew, make_principal) -> None:
    joe, editor = person(joe), make_principal()
    Membership.objects.create(team_id=crew.id, user_id=editor.user_id, role="editor")
    editor = person(editor)
    for change in (teams.delete, teams.change):
        with pytest.raises(Forbidden):
            change(editor, crew.id)
        with pytest.raises(NotFound):
            change(make_principal(), crew.id)
    with pytest.raises(Conflict, match="personal"):
        teams.delete(joe, joe.home_team)
    teams.delete(joe, crew.id)
    assert not Team.objects.filter(pk=crew.id).exists()


def test_members_have_usernames(joe, crew, make_principal) -> None:
    joe, stranger = person(joe), make_principal()
    User.objects.filter(pk=joe.user_id).update(username="joe")
    User.objects.filter(pk=stranger.user_id).update(username="jim")
    assert teams.member(joe, crew.id, "Joe").user_id == joe.user_id
    assert services.teams.list_members(joe, crew.id)[0].username == "joe"
    for principal, name in ((joe, "jim"), (stranger, "joe"), (joe, "\0"), (joe, "")):
        with pytest.raises(NotFound):
            teams.member(principal, crew.id, name)


def test_keys_manage_no_teams(joe, crew) -> None:
    values = {name: getattr(person(joe), name) for name in ("actor", "user_id", "verified", "teams", "home_team")}
    key = ApiKeyPrincipal(**values, scope=Scope(ALL_ACTIONS))
    with pytest.raises(Forbidden):
        teams.create(key, name="x")
    for call in (teams.read, teams.delete, teams.change):
        with pytest.raises(NotFound):
            call(key, crew.id)
