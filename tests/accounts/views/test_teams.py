"""Teams over HTTP: list, create, rename, delete, join and leave."""

from __future__ import annotations

import pytest

from accounts import services
from accounts.models import Invitation, Membership, Team
from accounts.services import principals
from tests.accounts.conftest import Person

pytestmark = pytest.mark.django_db
MISSING = (404, {"detail": "Team not found."})
NOT_FOUND = (404, {"detail": "Team not found. Keys and tokens see no teams."})
LAST_OWNER = (409, {"detail": "A team needs an owner: make another member an owner first."})


def make_team(ask, founder: Person, /, **members: Person) -> str:
    """Create a team; `members` are people by role."""
    created = ask("POST /core/teams", {"name": "Crew"}, auth=founder.bearer)
    assert created.status == 201, created.body
    for role, person in members.items():
        Membership.objects.create(team_id=int(created.body["id"]), user_id=person.id, role=role)
    principals.invalidate_all()
    return created.body["id"]


def test_creating_and_listing(ask, anna) -> None:
    created = ask("POST /core/teams", {"name": " Crew "}, auth=anna.bearer)
    team = {"id": created.body["id"], "name": "Crew", "personal": False, "role": "owner"}
    assert created.status_and_body == (201, team)
    listed = ask("GET /core/teams", auth=anna.bearer).body
    assert [item["personal"] for item in listed] == [True, False]
    assert listed[1] == team
    again = ask("POST /core/teams", {"name": "Crew"}, auth=anna.bearer)
    assert again.status_and_body == (409, {"detail": "One of your teams has this name."})


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"name": ["This field is required."]}),
        ({"name": "x" * 101}, {"name": ["Ensure this field has no more than 100 characters."]}),
        ({"name": "a\nb"}, {"name": ["Must be one line, without control characters."]}),
        ({"name": "a", "owner": 1}, {"owner": ["Unknown property."]}),
    ],
)
def test_names_that_are_refused(ask, anna, body, errors) -> None:
    assert ask("POST /core/teams", body, auth=anna.bearer).status_and_body == (400, errors)
    assert Team.objects.filter(personal=False).count() == 0


def test_a_person_has_a_limit_of_teams(ask, anna, settings) -> None:
    settings.MAX_TEAMS = 1
    refused = ask("POST /core/teams", {"name": "Crew"}, auth=anna.bearer)
    assert (refused.status, "MAX_TEAMS" in refused.body["detail"]) == (413, True)


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("admin", 403), ("editor", 403), ("viewer", 403)])
def test_renaming_needs_an_owner(ask, anna, ben, role: str, status: int) -> None:
    team = make_team(ask, anna, **{role: ben})
    answer = ask(f"PATCH /core/teams/{team}", {"name": "Fleet"}, auth=ben.bearer)
    assert answer.status == status
    assert Team.objects.get(pk=team).name == ("Fleet" if status == 200 else "Crew")


def test_deleting(ask, anna) -> None:
    team = make_team(ask, anna)
    assert ask(f"DELETE /core/teams/{team}", auth=anna.bearer).status_and_body == (204, None)
    assert ask(f"DELETE /core/teams/{team}", auth=anna.bearer).status_and_body == NOT_FOUND
    (personal,) = ask("GET /core/teams", auth=anna.bearer).body
    refused = ask(f"DELETE /core/teams/{personal['id']}", auth=anna.bearer)
    assert refused.status_and_body == (409, {"detail": "A personal team is deleted with its account."})


def test_leaving(ask, anna, ben) -> None:
    team = make_team(ask, anna, editor=ben)
    assert ask(f"POST /core/teams/{team}/leave", auth=anna.bearer).status_and_body == LAST_OWNER
    assert ask(f"POST /core/teams/{team}/leave", auth=ben.bearer).status_and_body == (204, None)
    assert ask(f"POST /core/teams/{team}/leave", auth=ben.bearer).status_and_body == MISSING
    Membership.objects.create(team_id=team, user_id=ben.id, role="owner")
    assert ask(f"POST /core/teams/{team}/leave", auth=anna.bearer).status == 204
    (personal,) = ask("GET /core/teams", auth=anna.bearer).body
    refused = ask(f"POST /core/teams/{personal['id']}/leave", auth=anna.bearer)
    assert refused.status_and_body == (409, {"detail": "You cannot leave your personal team."})


def test_an_invitation_is_accepted_once(ask, anna, ben, make_person, mailoutbox) -> None:
    team = make_team(ask, anna)
    body = {"email": ben.email, "role": "editor"}
    sent = ask(f"POST /core/teams/{team}/invitations", body, auth=anna.bearer)
    assert sent.status_and_body == (201, {"message": f"Invitation sent to {ben.email}."})
    services.teams.send_invitation(Invitation.objects.get().pk)
    token = mailoutbox[-1].body.partition("/dashboard/join/")[2].split()[0]
    joined = ask("POST /core/teams/join", {"token": token}, auth=ben.bearer)
    assert joined.status_and_body == (200, {"id": team, "name": "Crew", "personal": False, "role": "editor"})
    for person in (ben, make_person()):
        again = ask("POST /core/teams/join", {"token": token}, auth=person.bearer)
        assert again.status_and_body == (400, {"detail": services.teams.REFUSED})
    assert Membership.objects.filter(team=team).count() == 2


def test_keys_see_no_teams(ask, anna) -> None:
    team = make_team(ask, anna)
    key = f"Api-Key {services.keys.create_key(anna.principal, name='k', actions=['own']).text}"
    assert ask("GET /core/teams", auth=key).status == 403
    assert ask("POST /core/teams", {"name": "x"}, auth=key).status == 403
    assert ask("POST /core/teams/join", {"token": "x"}, auth=key).status == 403
    assert ask(f"PATCH /core/teams/{team}", {"name": "x"}, auth=key).status_and_body == NOT_FOUND
    assert ask(f"DELETE /core/teams/{team}", auth=key).status_and_body == NOT_FOUND
    assert ask(f"POST /core/teams/{team}/leave", auth=key).status_and_body == MISSING


@pytest.mark.parametrize("team", ["0", "x", "9" * 30, "١", "-1"])
def test_ids_that_are_none(ask, anna, team: str) -> None:
    assert ask(f"GET /core/teams/{team}/members", auth=anna.bearer).status_and_body == MISSING
    assert ask(f"PATCH /core/teams/{team}", {"name": "x"}, auth=anna.bearer).status == 404
