"""POST /core/teams/{team_id}/databases: a database changes hands, at once for every process."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support import MISSING_ID, make_tenant, status_and_body, until


def test_a_database_changes_hands(web) -> None:
    anna, ben = make_tenant(web), make_tenant(web)
    team = anna.ask("POST /core/teams", json={"name": "Crew"}).json()["id"]
    route = f"POST /core/teams/{team}/databases"
    moved = anna.ask(route, json={"database_id": anna.database})
    assert status_and_body(moved) == (200, {"message": f"The database {anna.name} belongs to the team now."})
    query = {"database_id": anna.database}
    assert anna.ask("GET /api/get_metadata", params=query).status_code == 200
    assert anna.ask("GET /api/get_metadata", auth=anna.api_key, params=query).status_code == 404
    assert anna.ask(route, json={"database_id": anna.database}).status_code == 400
    assert ben.ask("GET /api/get_metadata", params=query).status_code == 404


def test_a_removed_member_loses_access_in_every_process(web, home) -> None:
    anna, ben = make_tenant(web), make_tenant(web)
    team = anna.ask("POST /core/teams", json={"name": "Crew"}).json()["id"]
    assert anna.ask(f"POST /core/teams/{team}/databases", json={"database_id": anna.database}).status_code == 200
    invited = {"email": ben.email, "role": "editor"}
    assert anna.ask(f"POST /core/teams/{team}/invitations", json=invited).status_code == 201
    (token,) = until(lambda: _tokens(home, ben.email))
    assert ben.ask("POST /core/teams/join", json={"token": token}).json()["role"] == "editor"

    def statuses() -> set[int]:
        """Return the statuses of some requests, which several processes answer."""
        query = {"database_id": anna.database}
        return {ben.ask("GET /api/get_metadata", params=query).status_code for _ in range(8)}

    until(lambda: statuses() == {200})
    ben_id = ben.ask("GET /core/profile").json()["id"]
    assert anna.ask(f"DELETE /core/teams/{team}/members/{ben_id}").status_code == 204
    until(lambda: statuses() == {404})


def test_errors(web) -> None:
    anna, ben = make_tenant(web), make_tenant(web)
    team = anna.ask("POST /core/teams", json={"name": "Crew"}).json()["id"]
    missing = (404, {"error": "Not found or access denied"})
    for route, database, auth in (
        (f"POST /core/teams/{team}/databases", MISSING_ID, anna.bearer),
        (f"POST /core/teams/{team}/databases", anna.database, ben.bearer),
        ("POST /core/teams/x/databases", ben.database, anna.bearer),
    ):
        assert status_and_body(anna.ask(route, auth=auth, json={"database_id": database})) == missing
    nowhere = anna.ask("POST /core/teams/x/databases", json={"database_id": anna.database})
    assert status_and_body(nowhere) == (404, {"error": "Team not found."})
    by_key = anna.ask(
        f"POST /core/teams/{team}/databases",
        auth=anna.new_key(actions=["own"]),
        json={"database_id": anna.database},
    )
    assert status_and_body(by_key) == (404, {"error": "Team not found."})
    assert anna.ask(f"POST /core/teams/{team}/databases", json={}).status_code == 400


def _tokens(home: Path, email: str) -> list[str]:
    """Return the token of the newest mailed invitation of an address, if any."""
    mails = [file.read_text(errors="replace") for file in sorted((home / "mail").glob("*"), reverse=True)]
    links = [re.findall(r"/dashboard/join/(\w+)", mail) for mail in mails if f"To: {email}" in mail]
    return next((tokens for tokens in links if tokens), [])
