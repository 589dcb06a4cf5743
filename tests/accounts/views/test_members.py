"""Members and invitations of a team over HTTP."""

from __future__ import annotations

import pytest

from accounts import services
from accounts.models import Invitation, Membership
from tests.accounts.views.test_teams import LAST_OWNER, MISSING, make_team

pytestmark = pytest.mark.django_db
NO_MEMBER = (404, {"detail": "Member not found."})
NO_INVITATION = (404, {"detail": "Invitation not found."})


def roles(team: str) -> dict[int, str]:
    return dict(Membership.objects.filter(team=team).values_list("user_id", "role"))


def test_members_are_listed_owners_first(ask, anna, ben) -> None:
    team = make_team(ask, anna, viewer=ben)
    members = ask(f"GET /core/teams/{team}/members", auth=ben.bearer).body
    assert [(item["user_id"], item["email"], item["role"]) for item in members] == [
        (str(anna.id), anna.email, "owner"),
        (str(ben.id), ben.email, "viewer"),
    ]


@pytest.mark.parametrize(
    ("own", "target", "role", "status"),
    [
        ("owner", "viewer", "owner", 204),
        ("admin", "viewer", "editor", 204),
        ("admin", "viewer", "admin", 403),
        ("admin", "owner", "viewer", 403),
        ("editor", "viewer", "editor", 403),
        ("owner", "viewer", "emperor", 400),
    ],
)
def test_roles(ask, anna, ben, make_person, own: str, target: str, role: str, status: int) -> None:
    carl = make_person()
    team = make_team(ask, anna)
    for person, initial in ((ben, own), (carl, target)):
        Membership.objects.create(team_id=team, user_id=person.id, role=initial)
    answer = ask(f"PATCH /core/teams/{team}/members/{carl.id}", {"role": role}, auth=ben.bearer)
    assert answer.status == status
    assert roles(team)[carl.id] == (role if status == 204 else target)


def test_the_last_owner_stays_one(ask, anna, ben) -> None:
    team = make_team(ask, anna, admin=ben)
    demoted = ask(f"PATCH /core/teams/{team}/members/{anna.id}", {"role": "editor"}, auth=anna.bearer)
    assert demoted.status_and_body == LAST_OWNER
    assert ask(f"DELETE /core/teams/{team}/members/{anna.id}", auth=anna.bearer).status_and_body == LAST_OWNER
    assert roles(team)[anna.id] == "owner"


def test_a_removed_member_and_their_keys_have_no_access(ask, anna, ben) -> None:
    team = make_team(ask, anna, owner=ben)
    key = services.keys.create_key(
        services.principals.replace(ben.principal, home_team=int(team)), name="k", actions=["own"]
    ).text
    assert services.principals.principal_of_key(key).home_team == int(team)
    assert ask(f"GET /core/teams/{team}/members", auth=ben.bearer).status == 200
    assert ask(f"DELETE /core/teams/{team}/members/{ben.id}", auth=anna.bearer).status_and_body == (204, None)
    assert ask(f"GET /core/teams/{team}/members", auth=ben.bearer).status_and_body == MISSING
    assert ask("GET /api/keys", auth=f"Api-Key {key}").status == 401
    assert int(team) not in ben.principal.teams
    assert ask(f"DELETE /core/teams/{team}/members/{ben.id}", auth=anna.bearer).status_and_body == NO_MEMBER


def test_invitations_are_listed_without_their_secret_and_withdrawn(ask, anna, ben) -> None:
    team = make_team(ask, anna)
    invited = {"email": "New@Example.com", "role": "viewer"}
    assert ask(f"POST /core/teams/{team}/invitations", invited, auth=anna.bearer).status == 201
    (item,) = ask(f"GET /core/teams/{team}/invitations", auth=anna.bearer).body
    assert sorted(item) == ["email", "expires_at", "id", "invited_by", "role"]
    assert (item["email"], item["role"], item["invited_by"]) == ("new@example.com", "viewer", anna.email)
    address = f"/core/teams/{team}/invitations/{item['id']}"
    assert ask(f"DELETE {address}", auth=ben.bearer).status_and_body == MISSING
    assert ask(f"DELETE {address}", auth=anna.bearer).status_and_body == (204, None)
    assert ask(f"DELETE {address}", auth=anna.bearer).status_and_body == NO_INVITATION
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_who_may_not_manage(ask, anna, ben, role: str) -> None:
    team = make_team(ask, anna, **{role: ben})
    body = {"email": "new@example.com", "role": "viewer"}
    assert ask(f"GET /core/teams/{team}/invitations", auth=ben.bearer).status == 403
    assert ask(f"POST /core/teams/{team}/invitations", body, auth=ben.bearer).status == 403
    assert ask(f"DELETE /core/teams/{team}/members/{anna.id}", auth=ben.bearer).status == 403
    assert not Invitation.objects.exists() and roles(team)[anna.id] == "owner"


def test_bad_invitations(ask, anna) -> None:
    team = make_team(ask, anna)
    wrong = {"email": ["Enter a valid email address."], "role": ["This field is required."]}
    assert ask(f"POST /core/teams/{team}/invitations", {"email": "x"}, auth=anna.bearer).status_and_body == (
        400,
        wrong,
    )
    own = {"email": anna.email, "role": "viewer"}
    refused = ask(f"POST /core/teams/{team}/invitations", own, auth=anna.bearer)
    assert refused.status_and_body == (400, {"email": ["This person is already in the team."]})


def test_invitations_are_counted_and_reading_is_not(ask, anna, settings) -> None:
    team = make_team(ask, anna)
    settings.SIGN_IN_LIMIT_ADDRESS = 1
    extra = {"REMOTE_ADDR": "192.0.2.99"}
    statuses = [ask(f"POST /core/teams/{team}/invitations", {}, auth=anna.bearer, **extra).status for _ in range(2)]
    assert statuses == [400, 429]
    assert ask(f"GET /core/teams/{team}/invitations", auth=anna.bearer, **extra).status == 200
