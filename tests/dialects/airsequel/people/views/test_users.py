"""Routes of people: register, log in and out, read, invite, reset a password."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from tests.accounts.second_factors import code_of
from tests.dialects.airsequel.people.support import SAMPLES, Member, register
from tests.dialects.airsequel.support import failed, result_of, shape
from tests.support import NO_CREDENTIALS, PASSWORD

ONE_LINE = "Must be one line of 1 to 254 characters."
NAMED = "SELECT id FROM accounts_user WHERE username = ? OR email = ?"


def test_a_person_registers_logs_in_and_out(web) -> None:
    person = register(web)
    body = {"username": person.email, "password": PASSWORD}
    signed_in = person.get("POST /api/login", auth="", json=body)
    assert shape(signed_in) == shape(SAMPLES["POST /api/login"]["response"])
    token = signed_in["sessionToken"]
    assert (len(token), signed_in["username"]) == (32, person.username)
    assert signed_in["teams"] == [{"billing": None, "name": person.username, "numberOfDatabases": 0}]
    assert person.get("GET /api/dbs", auth=f"Bearer {token}") == {"databases": [], "numberOfDatabases": 0}
    assert person.get("POST /api/logout", auth=f"Bearer {token}", json={}) == {}
    ended = "The session token is invalid, or its session has ended."
    for route in ("GET /api/dbs", "POST /api/logout", f"GET /api/users/{person.username}"):
        assert result_of(person.ask(route, auth=f"Bearer {token}")) == failed(401, ended)
    assert person.get("GET /api/dbs")["numberOfDatabases"] == 0


def test_two_step_sign_in_asks_for_the_code(web) -> None:
    person = register(web)
    login = {"username": person.username, "password": PASSWORD}
    pair = web.post("/core/login", json={"email": person.email, "password": PASSWORD}).json()
    auth = f"Bearer {pair['access']}"
    created = person.ask("POST /core/second-factor", auth=auth, json={"password": PASSWORD}).json()
    person.get("POST /core/second-factor/confirm", auth=auth, json={"code": code_of(created["secret"])})
    missing = "This account has two-step sign-in: send its code in `code`."
    assert result_of(person.ask("POST /api/login", auth="", json=login)) == failed(401, missing)
    used = {**login, "code": code_of(created["secret"], steps=-2)}
    assert person.ask("POST /api/login", auth="", json=used).status_code == 401
    code = code_of(created["secret"], steps=1)
    signed_in = person.get("POST /api/login", auth="", json={**login, "code": code})
    assert person.get("GET /api/dbs", auth=f"Bearer {signed_in['sessionToken']}")["numberOfDatabases"] == 0


@pytest.mark.parametrize(
    ("body", "status", "messages"),
    [
        ({"username": "x", "password": ""}, 400, ["password: Must be a string of 1 to 1024 characters."]),
        ({"username": 7, "password": "x"}, 400, [f"username: {ONE_LINE}"]),
        ({}, 400, ["username: Required.", "password: Required."]),
        ({"username": "nobody", "password": PASSWORD}, 401, ["Invalid credentials"]),
    ],
)
def test_a_wrong_log_in_is_refused(joe: Member, body: Any, status: int, messages: list[str]) -> None:
    assert result_of(joe.ask("POST /api/login", auth="", json=body)) == failed(status, *messages)


@pytest.mark.parametrize(
    ("changes", "status", "messages"),
    [
        ({"username": "a b"}, 400, ["username: Use letters, digits and `.`, `_` or `-` between them: 1 to 64"]),
        ({"username": "x" * 300}, 400, [f"username: {ONE_LINE}"]),
        ({"email_address": "nobody"}, 400, ["email_address: Enter a valid e-mail address."]),
        ({"password": "short"}, 400, ["password: This password is too short."]),
        (
            {"username": None, "email_address": None, "password": 1},
            400,
            ["username: ", "email_address: ", "password: "],
        ),
    ],
)
def test_a_wrong_registration_is_refused(joe: Member, truth, changes, status: int, messages: list[str]) -> None:
    body = {"username": "new-one", "email_address": "new-one@example.com", "password": PASSWORD, **changes}
    answer = joe.ask("POST /api/users", auth="", json=body)
    errors = [error["message"] for error in answer.json()["errors"]]
    assert answer.status_code == status
    assert len(errors) == len(messages)
    assert all(error.startswith(message) for error, message in zip(errors, messages, strict=True)), errors
    assert truth.rows(NAMED, body["username"], body["email_address"]) == []


def test_a_taken_username_is_a_conflict_and_a_known_address_is_not_revealed(joe: Member, truth) -> None:
    new, fresh = f"{secrets.token_hex(8)}@example.com", f"u{secrets.token_hex(8)}"
    body = {"username": joe.username.upper(), "password": PASSWORD}
    for email in (new, joe.email):
        answer = joe.ask("POST /api/users", auth="", json={**body, "email_address": email})
        assert result_of(answer) == failed(409, "This username is taken.")
    known = {"username": fresh, "email_address": joe.email, "password": "another-strong-password"}
    assert joe.get("POST /api/users", auth="", json=known) == {}
    taken = joe.ask("POST /api/users", auth="", json={**known, "email_address": new})
    assert result_of(taken) == failed(409, "This username is taken.")
    assert truth.rows(NAMED, fresh, new) == []
    assert joe.ask("POST /api/login", auth="", json={**known, "username": joe.email}).status_code == 401


def test_a_person_is_read_by_themselves_alone(joe: Member, jim: Member) -> None:
    user = joe.get(f"GET /api/users/{joe.username.upper()}")
    assert shape(user) == shape(SAMPLES["GET /api/users/:username"]["response"])
    assert user["serverRoles"] == []
    other, nobody = (jim.ask(f"GET /api/users/{name}") for name in (joe.username, "nobody"))
    assert result_of(other) == result_of(nobody) == failed(404, "User not found.")
    db_id = joe.new_database()
    token = f"Bearer {joe.new_token(db_id, 'read')}"
    assert joe.ask(f"GET /api/users/{joe.username}", auth=token).status_code == 404
    assert result_of(joe.ask(f"GET /api/users/{joe.username}", auth="")) == failed(401, NO_CREDENTIALS)


def test_only_administrators_invite(joe: Member) -> None:
    body = SAMPLES["POST /api/users/invite"]["request"]
    text = "Only an administrator of this installation may invite people to it."
    assert result_of(joe.ask("POST /api/users/invite", json=body)) == failed(403, text)
    assert result_of(joe.ask("POST /api/users/invite", auth="", json=body)) == failed(401, NO_CREDENTIALS)


def test_a_password_is_reset_by_mail(web, mailed) -> None:
    person = register(web)
    other = person.get("POST /api/login", auth="", json={"username": person.username, "password": PASSWORD})
    for email in (person.email, "nobody@example.com"):
        assert person.get("POST /api/users/reset-password", auth="", json={"email": email}) == {}
    key = mailed(person.email, "/dashboard/reset/")
    body = {"resetKey": key, "password": "short"}
    answer = person.ask("POST /api/users/reset-password/submit", auth="", json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"].startswith("password: ")
    body["password"] = "another-strong-password"
    assert person.get("POST /api/users/reset-password/submit", auth="", json=body) == {}
    again = person.ask("POST /api/users/reset-password/submit", auth="", json=body)
    assert result_of(again) == failed(400, "This link is invalid or has expired.")
    for token in (person.token, other["sessionToken"]):
        assert person.ask("GET /api/dbs", auth=f"Bearer {token}").status_code == 401
    for password, status in ((PASSWORD, 401), (body["password"], 200)):
        sent = {"username": person.username, "password": password}
        assert person.ask("POST /api/login", auth="", json=sent).status_code == status
