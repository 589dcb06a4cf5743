"""People, teams and tokens of the running service."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support import PASSWORD, Truth, ask

SAMPLES: dict[str, Any] = json.loads((Path(__file__).parent / "samples.json").read_text())


@dataclass(frozen=True)
class Member:
    """A person who registered and logged in with a username."""

    client: httpx.Client
    username: str
    email: str
    token: str

    def ask(self, route: str, *, auth: str | None = None, **request: Any) -> httpx.Response:
        """Send a request; an empty `auth` sends no credentials, None the session token."""
        return ask(self.client, route, auth=f"Bearer {self.token}" if auth is None else auth, **request)

    def get(self, route: str, **request: Any) -> Any:
        """Return the body of a success, whose status is 200."""
        answer = self.ask(route, **request)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def new_database(self, name: str = "") -> str:
        return self.get("POST /api/dbs", json={"name": name or f"Base {secrets.token_hex(6)}"})["id"]

    def new_token(self, db_id: str, *names: str) -> str:
        """Return the text of a token of the personal team."""
        permissions = [{"db_id": db_id, "name": name} for name in names]
        body = {"name": "app", "team_name": self.username, "permissions": permissions}
        return self.get("POST /api/tokens", json=body)["body"]


def register(client: httpx.Client) -> Member:
    username, email = f"u{secrets.token_hex(8)}", f"{secrets.token_hex(8)}@example.com"
    body = {"username": username, "email_address": email, "password": PASSWORD}
    answer = client.post("/api/users", json=body)
    assert (answer.status_code, answer.json()) == (200, {})
    answer = client.post("/api/login", json={"username": username, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return Member(client, username, email, answer.json()["sessionToken"])


def stored_of(member: Member, truth: Truth) -> list[Any]:
    """Return the teams of a person, their members, invitations, keys and databases."""
    teams = truth.rows(_TEAMS, member.email)
    return [
        (team, truth.of_team(team[0]), *(truth.rows(query, team[0]) for query in _OF_MEMBERS)) for team in teams
    ]


_TEAMS = (
    "SELECT team.* FROM accounts_team AS team JOIN accounts_membership ON team_id = team.id"
    " JOIN accounts_user AS user ON user.id = user_id WHERE email = ? ORDER BY team.id"
)
_OF_MEMBERS = (
    "SELECT * FROM accounts_membership WHERE team_id = ? ORDER BY id",
    "SELECT * FROM accounts_invitation WHERE team_id = ? ORDER BY id",
)
