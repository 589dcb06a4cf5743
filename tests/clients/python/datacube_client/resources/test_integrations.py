"""Webhooks and issuers by both clients."""

from __future__ import annotations

import pytest

from datacube_client import Database, NotFoundError


def test_webhooks(database: Database) -> None:
    created = database.webhooks.create("films", "https://example.com/hook", events=["insert"])
    webhook_id = created["webhook"]["id"]
    assert created["secret"].startswith("whsec_")
    assert database.webhooks.switch(webhook_id, active=False)["active"] is False
    assert webhook_id in [webhook["id"] for webhook in database.webhooks.list()]
    assert database.webhooks.log(webhook_id) == []
    with pytest.raises(NotFoundError):
        database.webhooks.replay(webhook_id, "1" * 32)
    database.webhooks.delete(webhook_id)


def test_issuers(database: Database) -> None:
    roles = {"customer": {"films": ["GET"]}}
    issuer = database.issuers.add("example", "HS256", "k" * 32, roles=roles, private=["films"])
    assert database.issuers.change(issuer["id"], name="another")["name"] == "another"
    assert [item["roles"] for item in database.issuers.list()] == [roles]
    database.issuers.drop(issuer["id"])
    assert database.issuers.list() == []
