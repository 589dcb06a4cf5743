"""Explanations of keys: allowed or not, and by which rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.scopes.conftest import FILTER, Shop, shop
from tests.support import MISSING_ID, make_database, make_tenant

__all__ = ["shop"]


def explained(shop: Shop, auth: str, **question: Any) -> tuple[bool, str]:
    body = {"action": "read", "database": shop.tenant.database, **question}
    answer = shop.tenant.ask("POST /api/keys/explain", auth=auth, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["allowed"], answer.json()["rule"]


def test_rules_of_a_key_of_collections(shop: Shop) -> None:
    access = {"orders": {"actions": ["read", "write"], "filter": FILTER}, "notes": {"actions": ["insert"]}}
    created = shop.tenant.ask(
        "POST /api/keys", json={"name": "k", "collections": {shop.tenant.database: access}}
    ).json()
    other, _ = make_database(shop.tenant.client, shop.tenant.bearer)
    orders = {"collection": "orders"}
    expected: list[tuple[dict[str, Any], tuple[bool, str]]] = [
        (orders, (True, "collection")),
        (orders | {"document": shop.ann}, (True, "row_filter")),
        (orders | {"document": shop.ben}, (False, "row_filter")),
        (orders | {"document": MISSING_ID}, (False, "row_filter")),
        (orders | {"document": "x"}, (False, "row_filter")),
        (orders | {"action": "write", "document": shop.ann}, (True, "row_filter")),
        (orders | {"action": "delete"}, (False, "collection")),
        ({"collection": "notes"}, (False, "collection")),
        ({"collection": "users"}, (False, "collection")),
        ({}, (False, "collection")),
        ({"database": other}, (False, "database")),
        ({"database": MISSING_ID}, (False, "database")),
    ]
    own = f"Api-Key {created['key']}"
    for question, answer in expected:
        assert explained(shop, own, **question) == answer, question
        assert explained(shop, shop.tenant.bearer, key_id=created["id"], **question) == answer, question
    assert shop.tenant.ask(f"DELETE /api/keys/{created['id']}").is_success
    assert explained(shop, shop.tenant.bearer, key_id=created["id"], **orders) == (False, "revoked")


def test_rules_of_other_keys(shop: Shop) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    body = {"name": "k", "actions": ["read"], "databases": [shop.tenant.database], "expires_at": tomorrow}
    key = shop.tenant.ask("POST /api/keys", json=body).json()
    for question, answer in (
        ({}, (True, "action")),
        ({"collection": "orders"}, (True, "action")),
        ({"collection": "users"}, (False, "collection")),
        ({"collection": "orders", "document": shop.ben}, (True, "document")),
        ({"collection": "orders", "document": MISSING_ID}, (False, "document")),
        ({"action": "own"}, (False, "action")),
    ):
        assert explained(shop, f"Api-Key {key['key']}", **question) == answer, question


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"action": "read"}, "database"),
        ({"action": "fly", "database": MISSING_ID}, "action"),
        ({"action": "read", "database": MISSING_ID, "document": MISSING_ID}, "collection"),
        ({"action": "read", "database": MISSING_ID}, "key_id"),
    ],
)
def test_questions_are_checked(shop: Shop, body: dict[str, str], field: str) -> None:
    answer = shop.tenant.ask("POST /api/keys/explain", auth=shop.tenant.bearer, json=body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_keys_of_others_are_missing(web: httpx.Client, shop: Shop) -> None:
    ids = [key["id"] for key in shop.tenant.ask("GET /api/keys", auth=shop.tenant.bearer).json()["keys"]]
    stranger, without_own = make_tenant(web), shop.tenant.new_key(actions=["read"])
    body = {"action": "read", "database": shop.tenant.database}
    for key_id in (ids[0], "999999999", "x"):
        answer = stranger.ask("POST /api/keys/explain", auth=stranger.bearer, json={**body, "key_id": key_id})
        assert (answer.status_code, answer.json()["message"]) == (404, "Key not found or permission denied.")
    answer = stranger.ask("POST /api/keys/explain", auth=without_own, json={**body, "key_id": ids[0]})
    assert answer.status_code == 403
