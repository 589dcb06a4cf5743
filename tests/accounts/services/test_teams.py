"""Teams: names, members, roles and invitations, and what each role may change."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.utils import timezone

from accounts.models import Invitation, Membership, Team
from accounts.principal import Scope
from accounts.services import teams
from engine import ALL_ACTIONS, Conflict, Forbidden, Invalid, NotFound, TooLarge
from tests.tenants import key_of

pytestmark = pytest.mark.django_db
NO_MORE = "This invitation is invalid, has been used, or has expired."


@pytest.fixture
def team(anna: Any) -> int:
    """Return a team that Anna owns alone."""
    return teams.create_team(anna.principal, name="Makers")


def add(team: int, person: Any, role: str) -> None:
    Membership.objects.create(team_id=team, user_id=person.id, role=role)


def roles(team: int) -> dict[int, str]:
    return dict(Membership.objects.filter(team=team).values_list("user_id", "role"))


def token_of(mail: EmailMessage) -> str:
    (token,) = re.findall(r"/dashboard/join/([0-9a-f]{64})$", str(mail.body), re.MULTILINE)
    return str(token)


@pytest.mark.parametrize(("name", "stored"), [(" a ", "a"), ("x" * 100, "x" * 100), ("Größe 2", "Größe 2")])
def test_names_have_no_outer_spaces(name: str, stored: str) -> None:
    assert teams.checked_name(name) == stored


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\0b"])
def test_refused_names(anna: Any, name: str) -> None:
    with pytest.raises(Invalid) as caught:
        teams.create_team(anna.principal, name=name)
    assert [error.field for error in caught.value.errors] == ["name"]
    assert [item.personal for item in teams.list_teams(anna.principal)] == [True]


def test_teams_are_listed_by_name_after_the_personal_one(anna: Any) -> None:
    for name in ("b", "a"):
        teams.create_team(anna.principal, name=name)
    listed = teams.list_teams(anna.principal)
    assert [item.name for item in listed][1:] == ["a", "b"]
    assert [(item.personal, item.role) for item in listed] == [(True, "owner"), (False, "owner"), (False, "owner")]


def test_a_person_is_in_a_limited_number_of_teams(anna: Any, ben: Any, team: int, settings: Any) -> None:
    settings.MAX_TEAMS = 2
    with pytest.raises(TooLarge, match="MAX_TEAMS"):
        teams.create_team(anna.principal, name="third")
    teams.invite(anna.principal, team, email=ben.email, role="viewer")
    settings.MAX_TEAMS = 1
    with pytest.raises(TooLarge, match="at most 1 teams"):
        teams.join(ben.principal, "x")


def test_the_team_of_nobody_exists_once() -> None:
    assert teams.anonymous_team() == teams.anonymous_team()
    assert Team.objects.filter(anonymous=True).count() == 1


def test_members_are_sorted_by_role_and_address(anna: Any, make_person: Callable[[], Any], team: int) -> None:
    people = sorted((make_person() for _ in range(3)), key=lambda person: person.email)
    for person, role in zip(people, ("viewer", "admin", "viewer"), strict=True):
        add(team, person, role)
    members = teams.list_members(anna.principal, team)
    assert [member.user_id for member in members] == [anna.id, people[1].id, people[0].id, people[2].id]
    assert (members[0].name, members[0].id_text) == ("Alex Dev", str(anna.id))


def test_a_team_of_others_is_missing(anna: Any, ben: Any, team: int) -> None:
    stranger = ben.principal
    calls: list[Callable[[], object]] = [
        lambda: teams.list_members(stranger, team),
        lambda: teams.list_invitations(stranger, team),
        lambda: teams.invite(stranger, team, email="a@example.com", role="viewer"),
        lambda: teams.withdraw_invitation(stranger, team, invitation_id=1),
        lambda: teams.change_role(stranger, team, user_id=anna.id, role="viewer"),
        lambda: teams.remove_member(stranger, team, user_id=anna.id),
    ]
    for call in calls:
        with pytest.raises(NotFound, match="Team not found"):
            call()
    assert roles(team) == {anna.id: "owner"}


def test_a_key_sees_no_members(anna: Any) -> None:
    with pytest.raises(NotFound, match="Team not found"):
        teams.list_members(key_of(anna.principal, Scope(ALL_ACTIONS)), anna.principal.home_team)


ROLES = [
    # own role, role of the member, new role, error
    ("owner", "viewer", "owner", None),
    ("owner", "owner", "viewer", None),
    ("admin", "viewer", "editor", None),
    ("admin", "editor", "viewer", None),
    ("admin", "viewer", "admin", Forbidden),
    ("admin", "admin", "viewer", Forbidden),
    ("admin", "owner", "viewer", Forbidden),
    ("editor", "viewer", "editor", Forbidden),
    ("viewer", "viewer", "viewer", Forbidden),
    ("owner", "viewer", "emperor", Invalid),
    ("owner", "viewer", "", Invalid),
]


@pytest.mark.parametrize(("own", "former", "new", "error"), ROLES)
def test_who_gives_which_role(
    ben: Any, make_person: Callable[[], Any], team: int, own: str, former: str, new: str, error: Any
) -> None:
    carl = make_person()
    add(team, ben, own)
    add(team, carl, former)
    if error is None:
        teams.change_role(ben.principal, team, user_id=carl.id, role=new)
    else:
        with pytest.raises(error):
            teams.change_role(ben.principal, team, user_id=carl.id, role=new)
    assert roles(team)[carl.id] == (new if error is None else former)


def test_a_team_keeps_an_owner(anna: Any, ben: Any, team: int) -> None:
    add(team, ben, "admin")
    for call in (
        lambda: teams.change_role(anna.principal, team, user_id=anna.id, role="admin"),
        lambda: teams.remove_member(anna.principal, team, user_id=anna.id),
    ):
        with pytest.raises(Conflict, match="make another member an owner first"):
            call()
    teams.change_role(anna.principal, team, user_id=ben.id, role="owner")
    teams.remove_member(ben.principal, team, user_id=anna.id)
    assert roles(team) == {ben.id: "owner"}


def test_everybody_may_leave_but_not_the_personal_team(anna: Any, ben: Any, team: int) -> None:
    add(team, ben, "viewer")
    teams.remove_member(ben.principal, team, user_id=ben.id)
    assert roles(team) == {anna.id: "owner"}
    with pytest.raises(Conflict, match="cannot leave your personal team"):
        teams.remove_member(anna.principal, anna.principal.home_team, user_id=anna.id)
    with pytest.raises(NotFound, match="Member not found"):
        teams.remove_member(anna.principal, team, user_id=ben.id)
    with pytest.raises(NotFound, match="Member not found"):
        teams.change_role(anna.principal, team, user_id=ben.id, role="viewer")


@pytest.mark.parametrize("own", ["editor", "viewer"])
def test_others_are_removed_by_owners_and_admins(anna: Any, ben: Any, team: int, own: str) -> None:
    add(team, ben, own)
    with pytest.raises(Forbidden, match="Only owners and admins"):
        teams.remove_member(ben.principal, team, user_id=anna.id)
    with pytest.raises(Forbidden):
        teams.list_invitations(ben.principal, team)
    assert anna.id in roles(team)


@pytest.mark.django_db(transaction=True)
def test_an_invitation_is_accepted_once(
    anna: Any, ben: Any, make_person: Callable[[], Any], team: int, mailoutbox: list[EmailMessage]
) -> None:
    teams.invite(anna.principal, team, email=f" {ben.email.upper()} ", role="editor")
    (invited,) = teams.list_invitations(anna.principal, team)
    teams.send_invitation(invited.id)
    assert mailoutbox[-1].to == [ben.email]
    token = token_of(mailoutbox[-1])
    assert (invited.email, invited.role, invited.invited_by) == (ben.email, "editor", anna.email)
    assert invited.url.endswith(f"/dashboard/join/{token}")
    assert teams.offer(token) == teams.Offer("Makers", "editor", ben.email, anna.email)
    assert teams.join(ben.principal, token) == team
    assert roles(team)[ben.id] == "editor"
    for call in (lambda: teams.join(make_person().principal, token), lambda: teams.offer(token)):
        with pytest.raises(Invalid, match=NO_MORE):
            call()
    count = len(mailoutbox)
    teams.send_invitation(invited.id)
    assert (len(mailoutbox), teams.list_invitations(anna.principal, team)) == (count, [])


def link(anna: Any, team: int) -> str:
    """Return the token of the only open invitation."""
    (invited,) = teams.list_invitations(anna.principal, team)
    return invited.url.rpartition("/")[2]


def test_a_second_invitation_replaces_the_first(anna: Any, ben: Any, team: int) -> None:
    teams.invite(anna.principal, team, email=ben.email, role="viewer")
    first = link(anna, team)
    teams.invite(anna.principal, team, email=ben.email, role="admin")
    with pytest.raises(Invalid, match=NO_MORE):
        teams.offer(first)
    assert teams.offer(link(anna, team)).role == "admin"


def test_a_member_who_joins_again_keeps_the_role(anna: Any, ben: Any, team: int) -> None:
    teams.invite(anna.principal, team, email=ben.email, role="viewer")
    token = link(anna, team)
    add(team, ben, "admin")
    assert teams.join(ben.principal, token) == team
    assert roles(team)[ben.id] == "admin"


def test_expired_and_withdrawn_invitations_are_refused(anna: Any, ben: Any, team: int) -> None:
    teams.invite(anna.principal, team, email=ben.email, role="viewer")
    token = link(anna, team)
    row = Invitation.objects.filter(team=team)
    row.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Invalid, match=NO_MORE):
        teams.join(ben.principal, token)
    with pytest.raises(NotFound, match="Invitation not found"):
        teams.withdraw_invitation(anna.principal, team, invitation_id=row.get().pk)
    row.update(expires_at=timezone.now() + timedelta(days=1))
    teams.withdraw_invitation(anna.principal, team, invitation_id=row.get().pk)
    with pytest.raises(Invalid, match=NO_MORE):
        teams.join(ben.principal, token)
    assert ben.id not in roles(team)


def test_the_link_of_another_secret_is_not_shown(anna: Any, team: int, settings: Any) -> None:
    teams.invite(anna.principal, team, email="new@example.com", role="viewer")
    assert teams.list_invitations(anna.principal, team)[0].url
    settings.SECRET_KEY = "another secret of the installation"
    assert teams.list_invitations(anna.principal, team)[0].url == ""


@pytest.mark.parametrize("email", ["", "x", "a@", "@example.com", "a b@example.com"])
def test_refused_addresses(anna: Any, team: int, email: str) -> None:
    with pytest.raises(Invalid, match="valid e-mail address"):
        teams.invite(anna.principal, team, email=email, role="viewer")
    assert teams.list_invitations(anna.principal, team) == []


def test_members_are_not_invited_and_admins_invite_no_owners(anna: Any, ben: Any, team: int) -> None:
    add(team, ben, "admin")
    with pytest.raises(Invalid, match="already in the team"):
        teams.invite(anna.principal, team, email=ben.email, role="viewer")
    with pytest.raises(Forbidden, match="Only owners"):
        teams.invite(ben.principal, team, email="a@example.com", role="owner")
    with pytest.raises(Invalid, match="Must be one of owner, admin, editor, viewer"):
        teams.invite(anna.principal, team, email="a@example.com", role="x")


def test_members_and_open_invitations_share_a_limit(anna: Any, team: int, settings: Any) -> None:
    settings.MAX_MEMBERS = 2
    for _ in range(2):  # the second one replaces the first
        teams.invite(anna.principal, team, email="a@example.com", role="viewer")
    with pytest.raises(TooLarge, match="MAX_MEMBERS"):
        teams.invite(anna.principal, team, email="b@example.com", role="viewer")
    assert [item.email for item in teams.list_invitations(anna.principal, team)] == ["a@example.com"]
