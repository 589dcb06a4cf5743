"""The routes of external identity providers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support import Tenant, refused, status_and_body

GOOD = {"name": "Auth0", "algorithm": "HS256", "key": "k" * 32}
PUBLISHED = ("id", "name", "algorithm", "public_key", "issuer", "audience", "roles", "private")


def body(tenant: Tenant, **members: Any) -> dict[str, Any]:
    return {"database_id": tenant.database, **members}


def listed(tenant: Tenant) -> list[dict[str, Any]]:
    answer = tenant.ask("GET /api/issuers", params=body(tenant))
    assert (answer.status_code, answer.json()["success"]) == (200, True)
    return answer.json()["issuers"]


def test_an_issuer_is_created_changed_and_deleted(anna: Tenant) -> None:
    created = anna.ask("POST /api/issuers", json=body(anna, **GOOD, roles={"a": {"*": ["GET"]}}))
    issuer = created.json()["issuer"]
    assert created.status_code == 201
    assert {name: issuer[name] for name in PUBLISHED[1:]} == {
        "name": "Auth0",
        "algorithm": "HS256",
        "public_key": None,
        "issuer": None,
        "audience": None,
        "roles": {"a": {"*": ["GET"]}},
        "private": [],
    }
    assert GOOD["key"] not in created.text
    assert listed(anna) == [issuer]
    changed = anna.ask("PATCH /api/issuers", json=body(anna, issuer_id=issuer["id"], private=["films"]))
    assert (changed.status_code, changed.json()["issuer"]["private"]) == (200, ["films"])
    assert status_and_body(anna.ask("DELETE /api/issuers", json=body(anna, issuer_id=issuer["id"]))) == (
        200,
        {"success": True},
    )
    assert listed(anna) == []


def test_changes_at_once(anna: Tenant) -> None:
    """Check that a deleted issuer does not come back, and that simultaneous changes do not undo each other."""
    for _ in range(8):
        issuer = anna.ask("POST /api/issuers", json=body(anna, **GOOD)).json()["issuer"]
        named = body(anna, issuer_id=issuer["id"])
        changes = [{"name": "other"}, {"private": ["films"]}, {"audience": "shop"}]
        with ThreadPoolExecutor(4) as pool:
            changed = [pool.submit(anna.ask, "PATCH /api/issuers", json=named | change) for change in changes]
            assert [answer.result().status_code for answer in changed] == [200] * 3
            (left,) = listed(anna)
            assert (left["name"], left["private"], left["audience"]) == ("other", ["films"], "shop")
            renamed = [pool.submit(anna.ask, "PATCH /api/issuers", json=named | {"name": "x"}) for _ in range(3)]
            gone = pool.submit(anna.ask, "DELETE /api/issuers", json=named)
            assert gone.result().status_code == 200
            assert {answer.result().status_code for answer in renamed} <= {200, 404}
        assert listed(anna) == []


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize(
    ("route", "members", "expected"),
    [
        ("GET /api/issuers", None, (400, "Value Error: database_id is required", ["database_id"])),
        ("POST /api/issuers", {}, (400, None, ["name", "algorithm"])),
        ("POST /api/issuers", {**GOOD, "key": "x"}, (400, None, ["key"])),
        ("POST /api/issuers", {**GOOD, "roels": {}}, (400, None, ["roels"])),
        ("PATCH /api/issuers", {}, (400, "Value Error: issuer_id is required", ["issuer_id"])),
        ("DELETE /api/issuers", {"issuer_id": 3}, (400, None, ["issuer_id"])),
        ("PATCH /api/issuers", {"issuer_id": "0" * 24}, (404, "Issuer not found.", [])),
        ("DELETE /api/issuers", {"issuer_id": "0" * 24}, (404, "Issuer not found.", [])),
    ],
)
def test_what_is_refused(anna: Tenant, route: str, members: Any, expected: tuple[int, Any, list[str]]) -> None:
    sent = {} if members is None else {"json": body(anna, **members)}
    answer = anna.ask(route, **sent)
    status, text, fields = expected
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (status, fields)
    assert text is None or answer.json()["message"] == text


@pytest.mark.usefixtures("nothing_changes")
def test_strangers_and_keys_of_documents(anna: Tenant, ben: Tenant) -> None:
    request = {"json": body(anna, **GOOD)}
    assert status_and_body(ben.ask("POST /api/issuers", **request)) == (404, refused("Not found or access denied"))
    text = "This needs the permission 'design'."
    assert status_and_body(anna.ask("POST /api/issuers", auth=anna.api_key, **request)) == (403, refused(text))
