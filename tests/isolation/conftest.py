"""The victim and the strangers, one set for each test module."""

from __future__ import annotations

import json
import secrets

import httpx
import pytest

from tests.isolation.tables import ALL
from tests.isolation.world import PARTS, World, furnish
from tests.support import Tenant, Truth, make_database, make_tenant, until


def _invitation(victim: Tenant, team: int) -> str:
    body = {"email": f"{secrets.token_hex(8)}@example.com", "role": "viewer"}
    assert victim.ask(f"POST /core/teams/{team}/invitations", json=body).status_code == 201
    return victim.ask(f"GET /core/teams/{team}/invitations").json()[0]["id"]


@pytest.fixture(scope="module")
def world(web: httpx.Client, truth: Truth) -> World:
    victim, stranger = make_tenant(web), make_tenant(web)
    furnished = furnish(web, victim.bearer, victim.database, parts=PARTS)
    (_, public_id), *_ = truth.rows(
        "SELECT id, id FROM accounts_apikey WHERE team_id = ? ORDER BY id", truth.team_of(victim.email)
    )
    large = json.dumps([*[{"text": "x" * 1000}] * 1100, {"_sys": 1}]).encode()
    job = victim.upload(large, collection_name="large", on_error="skip").json()["job_id"]
    elsewhere, _ = make_database(web, victim.bearer)
    callers = {
        "a stranger": stranger.bearer,
        "a stranger's key": stranger.new_key(actions=ALL),
        "a key of another database of the team": victim.new_key(actions=ALL, databases=[elsewhere]),
    }
    until(lambda: victim.ask("GET /api/import_status", params={"job_id": job}).json()["state"] == "done")
    # The first statement of SQL gives the documents their rowids, which is no change that a test is to find.
    statement = {"database_id": victim.database, "query": "SELECT * FROM films"}
    until(lambda: victim.ask("POST /api/sql", json=statement).status_code != 503)
    team = truth.team_of(victim.email)
    ids = {
        **furnished,
        "key": str(public_id),
        "job": job,
        "team": str(team),
        "username": victim.email.split("@")[0],
        "user": victim.ask("GET /core/profile").json()["id"],
        "invitation": _invitation(victim, team),
        "session": victim.ask("GET /core/sessions").json()[0]["id"],
    }
    grant = {"name": "secret", "team_name": str(team), "permissions": [{"db_id": victim.database, "name": "read"}]}
    ids["token"] = str(victim.ask("POST /api/tokens", json=grant).json()["id"])
    return World(victim, ids, truth.team_of(victim.email), callers)
