"""Teams by both clients."""

from __future__ import annotations

import secrets
from pathlib import Path

import httpx
import pytest

from datacube_client import ConflictError, Database, DataCube, NotFoundError
from datacube_client.resources.people.accounts import Account
from datacube_client.resources.people.teams import Teams
from tests.support import make_database, make_person, until


def _token(home: Path, email: str) -> str | None:
    """Return the token in the mail that invites an address, None before it is written."""
    mails = [path.read_text() for path in (home / "mail").iterdir()]
    texts = [text.partition("/dashboard/join/")[2] for text in mails if f"To: {email}" in text]
    return next((text.split()[0] for text in texts if text), None)


@pytest.fixture
def teams(account: Account) -> Teams:
    return Teams(account._driver)


def test_a_team_from_its_creation_to_its_deletion(teams: Teams) -> None:
    team_id = teams.create("Crew")["id"]
    assert teams.rename(team_id, "Fleet")["name"] == "Fleet"
    assert [team["name"] for team in teams.list() if not team["personal"]] == ["Fleet"]
    teams.invite(team_id, "nobody@example.com", "viewer")
    (invitation,) = teams.invitations(team_id)
    teams.withdraw(team_id, invitation["id"])
    assert teams.invitations(team_id) == []
    teams.delete(team_id)
    with pytest.raises(NotFoundError):
        teams.members(team_id)


@pytest.mark.parametrize("end", ["is removed", "leaves"])
def test_a_member_from_the_invitation_to_the_end(
    teams: Teams, http: httpx.Client, home: Path, service_url: str, end: str
) -> None:
    team_id = teams.create("Crew")["id"]
    email, access = make_person(http)
    with DataCube(service_url) as ben:
        ben._driver.session.credentials.access = access
        teams.invite(team_id, email, "viewer")
        assert ben.teams.join(until(lambda: _token(home, email)))["role"] == "viewer"
        (user_id,) = [member["user_id"] for member in teams.members(team_id) if member["email"] == email]
        teams.change_member(team_id, user_id, "editor")
        assert [team["role"] for team in ben.teams.list() if team["id"] == team_id] == ["editor"]
        if end == "leaves":
            ben.teams.leave(team_id)
        else:
            teams.remove_member(team_id, user_id)
        assert [member["role"] for member in teams.members(team_id)] == ["owner"]


def test_a_database_is_handed_over(teams: Teams, http: httpx.Client) -> None:
    credentials = teams._driver.session.credentials
    database_id, name = make_database(http, f"Bearer {credentials.access}", name=f"d_{secrets.token_hex(6)}")
    database = Database(teams._driver, database_id)
    team_id = teams.create("Crew")["id"]
    database.hand_over(team_id)
    with pytest.raises(ConflictError):
        teams.delete(team_id)
    database.drop(confirmation=name)
