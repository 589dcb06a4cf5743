"""Keys by both clients."""

from __future__ import annotations

from typing import Any

import pytest

from datacube_client import AuthenticationError, DataCube
from datacube_client.resources.people.accounts import Account
from datacube_client.resources.people.keys import KeyChanges, Keys
from tests.support import Tenant


def test_a_key_from_its_creation_to_its_end(account: Account, service_url: str) -> None:
    keys = Keys(account._driver)
    created = keys.create("my backend", actions=["read", "own"])
    assert created["id"] in [key["id"] for key in keys.list()]
    with DataCube(service_url, created["key"]) as client:
        assert [key["id"] for key in client.keys.list()] == [created["id"]]
    rotated = keys.rotate(created["id"], overlap_seconds=3600)
    assert rotated["previous_expires_at"]
    with DataCube(service_url, rotated["key"]) as client:
        assert [key["id"] for key in client.keys.list()] == [created["id"]]
    keys.revoke(created["id"])
    assert keys.list() == []
    with DataCube(service_url, "dc_no") as client, pytest.raises(AuthenticationError):
        client.keys.list()


@pytest.mark.parametrize(
    ("changes", "members"),
    [
        ({"name": "renamed"}, {"name": "renamed", "rate": 600, "addresses": ["203.0.113.0/24"]}),
        ({"rate": None, "addresses": None}, {"name": "limited", "rate": None, "addresses": None}),
        ({"daily_quota": 5, "actions": ["read"]}, {"daily_quota": 5, "actions": ["read"]}),
    ],
)
def test_changes(account: Account, changes: KeyChanges, members: dict[str, Any]) -> None:
    keys = Keys(account._driver)
    created = keys.create("limited", rate=600, daily_quota=1_000, addresses=["203.0.113.0/24"])
    assert (created["rate"], created["daily_quota"]) == (600, 1_000)
    changed = keys.change(created["id"], changes)
    assert {name: changed[name] for name in members} == members


@pytest.mark.parametrize(
    ("action", "collection", "allowed", "rule"),
    [
        ("read", "films", True, "collection"),
        ("delete", "films", False, "collection"),
        ("read", "others", False, "collection"),
    ],
)
def test_what_a_key_may_do(
    driver: Any, anna: Tenant, action: str, collection: str, allowed: bool, rule: str
) -> None:
    keys = Keys(driver)
    scope = {anna.database: {"films": {"actions": ["read"], "filter": {"Title": "A"}}}}
    key_id = keys.create("scoped", collections=scope)["id"]
    explained = keys.explain(action, anna.database, collection=collection, key_id=key_id)
    assert (explained["allowed"], explained["rule"]) == (allowed, rule)
    keys.revoke(key_id)
