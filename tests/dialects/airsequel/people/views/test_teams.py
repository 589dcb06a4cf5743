"""Routes of teams and members."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from tests.dialects.airsequel.people.support import SAMPLES, Member, register, stored_of
from tests.dialects.airsequel.support import failed, result_of, shape
from tests.support import NO_CREDENTIALS

NO_TEAM = "Team not found. Keys and tokens see no teams."


@pytest.fixture(scope="module")
def crew(joe: Member) -> str:
    """The name of a team that Joe owns."""
    name = f"crew {secrets.token_hex(4)}"
    joe.get("POST /api/teams", json={"name": name})
    return name


def test_a_team_is_created_read_changed_and_deleted(joe: Member) -> None:
    name = f"team {secrets.token_hex(4)}"
    created = joe.get("POST /api/teams", json={"name": name})
    assert (created["name"], created["databases"], created["billing"]) == (name, [], None)
    sample = SAMPLES["GET /api/teams/:teamName"]["response"]
    db_id = joe.get("POST /api/dbs", json={"name": "App", "team": name})["id"]
    team = joe.get(f"GET /api/teams/{name}")
    assert set(team) == set(sample)
    assert [shape(item) for item in team["databases"]] == [
        shape(sample["databases"][0]) | {"environment": "NoneType"}
    ]
    assert (team["databases"][0]["id"], team["databases"][0]["visibility"]) == (db_id, "private")
    assert joe.get(f"GET /api/users/{joe.username}")["teams"][1:] == [
        {"billing": None, "name": name, "numberOfDatabases": 1}
    ]
    in_use = "The team owns databases: delete them, or give them to another team, first."
    assert result_of(joe.ask(f"DELETE /api/teams/{name}")) == failed(409, in_use)
    renamed = joe.get(f"PATCH /api/teams/{name}", json={"name": f"{name} 2"})
    assert renamed == {**team, "name": f"{name} 2"}
    assert joe.ask(f"GET /api/teams/{name}").status_code == 404
    assert joe.get(f"DELETE /api/dbs/{db_id}") == {}


@pytest.mark.parametrize(
    ("route", "body", "expected"),
    [
        ("POST /api/teams", {}, failed(400, "name: Required.")),
        ("POST /api/teams", {"name": " "}, failed(400, "name: Must have 1 to 100 characters.")),
        ("POST /api/teams", {"name": "{team}"}, failed(409, "One of your teams has this name.")),
        ("PATCH /api/teams/{team}", {"name": 7}, failed(400, "name: Must be one line of 1 to 100 characters.")),
        ("PATCH /api/teams/{team}", {"name": "{me}"}, failed(409, "One of your teams has this name.")),
        (
            "PATCH /api/teams/{team}",
            {"billing_plan": "pro"},
            failed(403, "Only an administrator of this installation may change the billing of a team."),
        ),
        (
            "PATCH /api/teams/{team}",
            {"billing_plan": 1, "billing_subscription_id": "x"},
            failed(
                400,
                "billing_plan: Must be a string of at most 254 characters, or null.",
                "billing_subscription_id: Must be a whole number that is not negative, or null.",
            ),
        ),
        ("GET /api/teams/nothing", None, failed(404, NO_TEAM)),
        ("DELETE /api/teams/{me}", None, failed(409, "A personal team is deleted with its account.")),
        (
            "PATCH /api/teams/{team}/members/{me}",
            {"roles": ["Owner"]},
            failed(400, "roles: Must be a list of one or more of Admin, Editor, Viewer."),
        ),
        (
            "PATCH /api/teams/{team}/members/{me}",
            {"roles": ["Viewer"]},
            failed(409, "A team needs an owner: make another member an owner first."),
        ),
        (
            "DELETE /api/teams/{team}/members/{me}",
            None,
            failed(409, "A team needs an owner: make another member an owner first."),
        ),
        ("DELETE /api/teams/{team}/members/nobody", None, failed(404, "Member not found.")),
        (
            "POST /api/teams/{team}/members/invite",
            {"email": "x", "roles": []},
            failed(
                400,
                "email: Enter a valid e-mail address.",
                "roles: Must be a list of one or more of Admin, Editor, Viewer.",
            ),
        ),
    ],
)
def test_a_wrong_request_changes_nothing(
    joe: Member, crew: str, truth, route: str, body: Any, expected: Any
) -> None:
    names = {"{team}": crew, "{me}": joe.username}
    for mark, name in names.items():
        route = route.replace(mark, name)
        body = body and {key: name if value == mark else value for key, value in body.items()}
    before = stored_of(joe, truth)
    assert result_of(joe.ask(route, **({} if body is None else {"json": body}))) == expected
    assert stored_of(joe, truth) == before


def test_members_have_roles(joe: Member, crew: str, web, truth, mailed) -> None:
    ann = register(web)
    invitation = {"email": ann.email, "roles": ["Editor"]}
    assert joe.get(f"POST /api/teams/{crew}/members/invite", json=invitation) == {}
    accept(ann, mailed(ann.email, "/dashboard/join/"))
    members = f"/api/teams/{crew}/members"
    listed = joe.get(f"GET {members}")["members"]
    assert listed == [
        {"roles": ["Admin"], "username": joe.username},
        {"roles": ["Editor"], "username": ann.username},
    ]
    assert ann.get(f"GET {members}")["members"] == listed
    refused = "Only owners and admins of a team may do this."
    for route in (f"PATCH {members}/{joe.username}", f"PATCH {members}/{ann.username}"):
        assert result_of(ann.ask(route, json={"roles": ["Admin"]})) == failed(403, refused)
    sample = SAMPLES["PATCH /api/teams/:teamName/members/:username"]
    assert joe.get(f"PATCH {members}/{ann.username}", json=sample["request"]) == sample["response"]
    assert ann.get(f"PATCH {members}/{joe.username}", json={"roles": ["Viewer"]}) == {}
    roles = [member["roles"] for member in joe.get(f"GET {members}")["members"]]
    assert roles == [["Admin"], ["Viewer"]]
    assert ann.get(f"PATCH {members}/{joe.username}", json={"roles": ["Admin"]}) == {}
    assert ann.get(f"DELETE {members}/{ann.username}") == {}
    assert result_of(ann.ask(f"GET {members}")) == failed(404, NO_TEAM)


def accept(person: Member, secret: str) -> None:
    """Accept an invitation in the dashboard, as its recipient does."""
    client = person.client
    page = client.get("/dashboard/login")
    form = {"email": person.email, "password": "a-strong-and-secure-password"}
    token = page.text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    headers = {"Referer": str(page.url)}
    client.post("/dashboard/login", data={**form, "csrfmiddlewaretoken": token}, headers=headers)
    page = client.get(f"/dashboard/join/{secret}")
    token = page.text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    answer = client.post(f"/dashboard/join/{secret}", data={"csrfmiddlewaretoken": token}, headers=headers)
    assert answer.status_code == 302, answer.text
    client.cookies.clear()


def test_keys_and_visitors_manage_no_teams(joe: Member, crew: str) -> None:
    db_id = joe.new_database()
    token = f"Bearer {joe.new_token(db_id, 'read', 'write')}"
    for route in (f"GET /api/teams/{crew}", f"GET /api/teams/{joe.username}/members", f"DELETE /api/teams/{crew}"):
        assert result_of(joe.ask(route, auth=token)) == failed(404, NO_TEAM)
        assert result_of(joe.ask(route, auth="")) == failed(401, NO_CREDENTIALS)
    text = "This needs the session of a person; keys and tokens cannot do it."
    assert result_of(joe.ask("POST /api/teams", auth=token, json={"name": "x"})) == failed(403, text)
