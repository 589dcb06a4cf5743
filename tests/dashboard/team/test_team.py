"""Teams: invitations, roles, removal and leaving."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

import engine
from accounts.models import Invitation, Membership, Team
from accounts.services import principals, teams
from tests.dashboard.conftest import PASSWORD, Browser, text_of


def make_team(owner: Browser, **members: Browser) -> int:
    """Create a team of the owner and choose it in every browser. `members` are browsers by role."""
    owner.post("team/new", {"name": "crew"})
    team = Team.objects.get(name="crew").pk
    for role, member in members.items():
        Membership.objects.create(team_id=team, user_id=member.principal.user_id, role=role)
    principals.invalidate_all()
    for member in members.values():
        assert member.post("team/choose", {"team": str(team)}).status_code == 302
    return team


def roles(team: int) -> dict[int, str]:
    return dict(Membership.objects.filter(team=team).values_list("user_id", "role"))


def mailed(mailoutbox: list[Any]) -> str:
    teams.send_invitation(Invitation.objects.get(accepted_at=None).pk)
    return re.search(r"/dashboard/(join/\S+)", mailoutbox[-1].body)[1]


def test_the_audit_log_has_times_that_the_script_shows_in_local_time(anna: Browser) -> None:
    make_team(anna)
    page = anna.get("team").content.decode()
    assert re.search(r'127.0.0.1 <time datetime="\S+" data-local="minute">[\d-]{10} [\d:]{5} UTC</time>', page)


def test_an_invitation_is_valid_once(anna: Browser, ben: Browser, visitor: Browser, mailoutbox: list[Any]) -> None:
    team = make_team(anna)
    assert anna.post("team/invite", {"email": ben.email, "role": "editor"}).status_code == 302
    assert ben.email in text_of(anna.get("team"))
    path = mailed(mailoutbox)
    assert visitor.get(path).headers["Location"].startswith("/dashboard/login?next=")
    assert "Join crew?" in text_of(ben.get(path))
    assert ben.post(path).headers["Location"] == "/dashboard/"
    assert roles(team)[ben.principal.user_id] == "editor"
    assert ben.post(path).status_code == 400
    assert "crew" in text_of(ben.get("team"))


def test_an_invitation_survives_registration(anna: Browser, visitor: Browser, settings: Any) -> None:
    settings.SHOWS_MAIL = True
    team = make_team(anna)
    email = "bob+new@example.com"
    anna.post("team/invite", {"email": email, "role": "editor"})
    link = re.search(r'data-copy-text="[^"]*/(dashboard/join/\w+)"', anna.get("team").content.decode())[1]
    login = visitor.get(link.removeprefix("dashboard/")).headers["Location"]
    page = visitor.client.get(login)
    assert f"{anna.email} invites you to the team crew as editor" in text_of(page)
    assert f'value="{email}"' in page.content.decode()
    register = re.search(r'href="(/dashboard/register\?next=[^"]+)"', page.content.decode())[1]
    page = visitor.client.get(register)
    assert "to the team crew" in text_of(page)
    assert f'value="{email}"' in page.content.decode()
    form_data = {"email": email, "password": PASSWORD}
    registered = visitor.post(register.removeprefix("/dashboard/"), form_data).headers["Location"]
    verify = re.search(r"/dashboard/(verify/[\w-]+)", visitor.client.get(registered).content.decode())[1]
    login = visitor.post(verify).headers["Location"]
    page = visitor.client.get(login)
    assert f'value="{email}"' in page.content.decode()
    joining = visitor.post("login", {**form_data, "next": f"/{link}"}).headers["Location"]
    assert parse_qs(urlsplit(login).query)["next"] == [joining] == [f"/{link}"]
    assert "Join crew?" in text_of(visitor.client.get(joining))
    visitor.client.post(joining, headers={"X-CSRFToken": visitor.client.cookies["datacube_csrf"].value})
    assert roles(team)[visitor.principal.user_id] == "editor"


def test_the_page_and_the_mail_have_the_same_invitation_link(anna: Browser, mailoutbox: list[Any]) -> None:
    make_team(anna)
    anna.post("team/invite", {"email": "bob@example.com", "role": "editor"})
    assert mailed(mailoutbox) in anna.get("team").content.decode()
    Invitation.objects.update(digest="0" * 64)
    assert "Copy link" not in text_of(anna.get("team"))


def test_an_unknown_invitation_is_not_announced(visitor: Browser) -> None:
    for page in ("login", "register"):
        answer = visitor.get(f"{page}?next=/dashboard/join/unknown")
        assert (answer.status_code, "invites you" in text_of(answer)) == (200, False)


def test_a_newer_invitation_replaces_the_older(anna: Browser, ben: Browser, mailoutbox: list[Any]) -> None:
    make_team(anna)
    anna.post("team/invite", {"email": ben.email, "role": "viewer"})
    older = mailed(mailoutbox)
    anna.post("team/invite", {"email": ben.email, "role": "editor"})
    assert ben.get(older).status_code == 400
    newer = mailed(mailoutbox)
    invitation = Invitation.objects.get()
    assert anna.post(f"team/invitations/{invitation.pk}/withdraw").status_code == 302
    assert ben.post(newer).status_code == 400


@pytest.mark.parametrize(
    ("form_data", "error"),
    [
        ({"email": "none", "role": "editor"}, "valid email address"),
        ({"email": "a@example.com", "role": "king"}, "Select a valid choice"),
        ({"email": "", "role": "editor"}, "This field is required."),
    ],
)
def test_errors_of_an_invitation(anna: Browser, form_data: dict[str, str], error: str) -> None:
    answer = anna.post("team/invite", form_data)
    assert (answer.status_code, error in text_of(answer)) == (400, True)
    assert not Invitation.objects.exists()


def test_members_cannot_be_invited(anna: Browser) -> None:
    answer = anna.post("team/invite", {"email": anna.email, "role": "editor"})
    assert (answer.status_code, "already in the team" in text_of(answer)) == (400, True)


def test_admins_cannot_appoint_admins(anna: Browser, ben: Browser) -> None:
    team = make_team(anna, admin=ben)
    me, owner = ben.principal.user_id, anna.principal.user_id
    for path, data in (
        ("team/invite", {"email": "a@example.com", "role": "admin"}),
        (f"team/members/{me}/role", {"role": "owner"}),
        (f"team/members/{owner}/role", {"role": "viewer"}),
        (f"team/members/{owner}/remove", {}),
    ):
        assert ben.post(path, data).status_code == 403, path
    assert roles(team) == {owner: "owner", me: "admin"}
    assert ben.post("team/invite", {"email": "a@example.com", "role": "editor"}).status_code == 302


def test_a_team_keeps_an_owner(anna: Browser, ben: Browser) -> None:
    team = make_team(anna, editor=ben)
    owner, other = anna.principal.user_id, ben.principal.user_id
    assert anna.post(f"team/members/{owner}/remove").status_code == 409
    assert anna.post(f"team/members/{owner}/role", {"role": "viewer"}).status_code == 409
    assert anna.post(f"team/members/{2**63}/role", {"role": "viewer"}).status_code == 404
    assert anna.post(f"team/members/{other}/role", {"role": "owner"}).status_code == 302
    assert anna.post(f"team/members/{owner}/remove").headers["Location"] == "/dashboard/"
    assert roles(team) == {other: "owner"}
    assert anna.get("").status_code == 200  # back in the personal team


def test_nobody_leaves_their_personal_team(anna: Browser) -> None:
    assert anna.post(f"team/members/{anna.principal.user_id}/remove").status_code == 409


def test_removed_members_lose_access(anna: Browser, ben: Browser, films: engine.Database) -> None:
    Membership.objects.create(team_id=anna.principal.home_team, user_id=ben.principal.user_id, role="viewer")
    principals.invalidate_all()
    assert ben.get(f"db/{films.id}").status_code == 200
    assert anna.post(f"team/members/{ben.principal.user_id}/remove").status_code == 302
    assert ben.get(f"db/{films.id}").status_code == 404


def test_only_the_chosen_teams_databases_are_listed(anna: Browser, films: engine.Database) -> None:
    assert films.name in text_of(anna.get(""))
    make_team(anna)
    assert films.name not in text_of(anna.get(""))
    anna.post("new", {"name": "of_the_crew"})
    assert "of_the_crew" in text_of(anna.get(""))
    # A key created on the page of a database belongs to the team of that database.
    assert anna.post(f"db/{films.id}/api").status_code == 200


def test_renaming_needs_an_owner(anna: Browser, ben: Browser) -> None:
    team = make_team(anna, admin=ben)
    assert "Rename the team" in text_of(anna.get("team"))
    assert anna.post("team/rename", {"name": "Fleet"}).headers["Location"] == "/dashboard/team"
    assert Team.objects.get(pk=team).name == "Fleet"
    assert "Rename the team" not in text_of(ben.get("team"))
    assert ben.post("team/rename", {"name": "Stolen"}).status_code == 403
    wrong = anna.post("team/rename", {"name": ""})
    assert (wrong.status_code, "This field is required." in text_of(wrong)) == (400, True)
    assert anna.get("team/rename").status_code == 302
    assert Team.objects.get(pk=team).name == "Fleet"


def test_a_name_that_another_own_team_has(anna: Browser) -> None:
    make_team(anna)
    anna.post("team/new", {"name": "fleet"})
    taken = anna.post("team/rename", {"name": "crew"})
    assert (taken.status_code, "One of your teams has this name." in text_of(taken)) == (400, True)
