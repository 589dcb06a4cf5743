"""Webhooks over HTTP; the worker finds no public address to post to."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support import Tenant, Truth, refused, status_and_body, until

URL = "http://localhost:1/hook"


def ask(tenant: Tenant, route: str, *, auth: str | None = None, **members: Any) -> Any:
    members_sent = {"database_id": tenant.database, **members}
    sent = {"params": members_sent} if route.startswith("GET") else {"json": members_sent}
    return tenant.ask(route, auth=auth, **sent)


def test_the_life_of_a_webhook(anna: Tenant) -> None:
    created = ask(anna, "POST /api/webhooks", collection_name="films", url=URL, events=["delete", "insert"])
    body = created.json()
    hook = body["webhook"]
    assert (created.status_code, hook["events"], hook["url"]) == (201, ["insert", "delete"], URL)
    assert re.fullmatch(r"whsec_[0-9a-f]{64}", body["secret"])
    assert status_and_body(ask(anna, "GET /api/webhooks")) == (200, {"success": True, "webhooks": [hook]})
    (name,) = anna.insert("films", [{"Title": "Slam"}])

    def logged() -> list[dict[str, Any]]:
        deliveries = ask(anna, "GET /api/webhooks/log", webhook_id=hook["id"]).json()["deliveries"]
        return [entry for entry in deliveries if entry["attempts"]]

    (entry,) = until(logged)
    assert (entry["event"], entry["document_id"], entry["state"]) == ("insert", name, "pending")
    assert entry["error"] == "The host has an address that is not public."
    again = ask(anna, "POST /api/webhooks/replay", webhook_id=hook["id"], delivery_id=entry["id"])
    assert (again.status_code, again.json()["delivery"]["attempts"]) == (202, 0)
    off = ask(anna, "PATCH /api/webhooks", webhook_id=hook["id"], active=False)
    assert status_and_body(off) == (200, {"success": True, "webhook": hook | {"active": False}})
    on = ask(anna, "PATCH /api/webhooks", webhook_id=hook["id"], active=True)
    assert status_and_body(on) == (200, {"success": True, "webhook": hook})
    assert status_and_body(ask(anna, "DELETE /api/webhooks", webhook_id=hook["id"])) == (200, {"success": True})
    gone = ask(anna, "GET /api/webhooks/log", webhook_id=hook["id"])
    assert status_and_body(gone) == (404, refused("Webhook not found."))


def test_the_maximum_holds_for_simultaneous_requests(anna: Tenant) -> None:
    with ThreadPoolExecutor(8) as pool:
        created = [
            pool.submit(
                ask, anna, "POST /api/webhooks", collection_name="films", url=f"https://example.com/{number}"
            )
            for number in range(26)
        ]
    assert sorted(answer.result().status_code for answer in created) == [201] * 20 + [413] * 6
    hooks = ask(anna, "GET /api/webhooks").json()["webhooks"]
    assert len(hooks) == 20
    for hook in hooks:
        ask(anna, "DELETE /api/webhooks", webhook_id=hook["id"])


@pytest.mark.usefixtures("nothing_changes")
def test_errors(anna: Tenant) -> None:
    text = "Must be an address that begins with https:// or http://, without a user or a fragment."
    answer = ask(anna, "POST /api/webhooks", collection_name="films", url="ftp://x", events=["read"])
    assert answer.status_code == 400
    events = {"field": "events", "message": "Must be an array of some of insert, update, delete."}
    assert answer.json()["errors"] == [{"field": "url", "message": text}, events]
    inwards = ask(anna, "POST /api/webhooks", collection_name="films", url="http://169.254.169.254/latest")
    text = "The host has an address that is not public."
    assert (inwards.status_code, inwards.json()["errors"]) == (400, [{"field": "url", "message": text}])
    missing = ask(anna, "POST /api/webhooks", collection_name="nothing", url=URL)
    assert status_and_body(missing) == (404, refused("The database has no collection 'nothing'."))
    assert ask(anna, "GET /api/webhooks/log").status_code == 400
    more = ask(anna, "PATCH /api/webhooks", webhook_id="x", active=True, url="https://example.com/")
    assert more.json()["errors"] == [{"field": "url", "message": "Unknown parameter url."}]
    unclear = ask(anna, "PATCH /api/webhooks", webhook_id="x", active="yes")
    assert unclear.json()["errors"] == [{"field": "active", "message": "active must be true or false"}]
    assert ask(anna, "PATCH /api/webhooks", webhook_id="x", active=True).status_code == 404
    assert ask(anna, "POST /api/webhooks/replay", webhook_id="x", delivery_id="x").status_code == 404


def test_permissions(anna: Tenant, ben: Tenant, truth: Truth) -> None:
    key = anna.new_key(actions=["design"])
    for route in ("GET /api/webhooks", "POST /api/webhooks"):
        answer = ask(anna, route, auth=key, collection_name="films", url=URL)
        assert status_and_body(answer) == (403, refused("This needs the permission 'read'."))
    foreign = ben.ask("GET /api/webhooks", params={"database_id": anna.database})
    assert status_and_body(foreign) == (404, refused("Not found or access denied"))
