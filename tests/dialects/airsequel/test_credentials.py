"""Every credential of the service is accepted in the header `Authorization`."""

from __future__ import annotations

import pytest

from tests.dialects.airsequel.people.support import Member
from tests.dialects.airsequel.support import result_of
from tests.support import Tenant


def test_a_bearer_may_be_any_credential(anna: Tenant) -> None:
    body = {"username": anna.email, "password": "a-strong-and-secure-password"}
    session = anna.ask("POST /api/login", json=body).json()["sessionToken"]
    grant = {"name": "t", "team_name": "Alex Dev", "permissions": [{"db_id": anna.database, "name": "read"}]}
    token = anna.ask("POST /api/tokens", auth=f"bearer {session}", json=grant).json()["body"]
    answers = [
        result_of(anna.ask(f"GET /api/dbs/{anna.database}", auth=auth))
        for auth in (
            anna.bearer,
            f"Bearer {session}",
            f"Bearer {token}",
            f"Bearer {anna.key}",
            anna.api_key,
            f"Api-Key {token}",
        )
    ]
    assert [status for status, _ in answers] == [200] * 6
    assert [body["id"] for _, body in answers] == [anna.database] * 6


@pytest.mark.parametrize(
    "auth",
    [
        *("Bearer", "Bearer a b", "Basic x", "Bearer " + "x" * 32, "Bearer ast_x", "Bearer dc_x"),
        *("Bearer " + "ast_" + "x" * 46, "Api-Key " + "x" * 32, "Bearer \xe9", "Bearer " + "x" * 9_000),
    ],
)
def test_anything_else_is_refused(anna: Tenant, auth: str) -> None:
    headers = {"Authorization": auth.encode("latin-1")}
    answer = anna.client.get(f"/api/dbs/{anna.database}", headers=headers)
    assert answer.status_code == 401
    assert list(answer.json()) == ["errors"]


def test_a_browser_key_is_refused(anna: Tenant) -> None:
    key = anna.new_key(web={"origins": ["*"], "verbs": ["GET"]}, actions=["read"])
    answer = anna.ask(f"GET /api/dbs/{anna.database}", auth=key.replace("Api-Key", "Bearer"))
    assert answer.status_code == 403


def test_secrets_are_in_no_log(web, anna: Tenant, home) -> None:
    body = {"username": anna.email, "password": "a-strong-and-secure-password"}
    session = anna.ask("POST /api/login", json=body).json()["sessionToken"]
    grant = {"name": "t", "team_name": "Alex Dev", "permissions": [{"db_id": anna.database, "name": "read"}]}
    token = anna.ask("POST /api/tokens", json=grant).json()["body"]
    member = Member(web, "", anna.email, session)
    member.ask("GET /api/dbs")
    member.ask("GET /api/dbs", auth=f"Bearer {token}")
    web.get(f"/password-reset/{token}")
    web.get(f"/api/tokens/{token}", headers={"Authorization": f"Bearer {session}"})
    logs = [file.read_text(errors="replace") for file in (home / "logs").rglob("*") if file.is_file()]
    assert any("/api/tokens" in text for text in logs)
    assert [text for text in logs if session in text or token in text] == []
