"""Keys of collections over HTTP: what a request for one names is checked, and a change takes effect."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scopes.conftest import FILTER, Shop, shop
from tests.support import MISSING_ID, ask

__all__ = ["shop"]
SHAPE = "Must be an object: {database id: {collection: {actions, filter?, fields?}}}."
READ = {"actions": ["read"]}


def errors(shop: Shop, collections: Any, **more: Any) -> list[tuple[str, str]]:
    """Return the errors of a request, without the path to the database."""
    answer = shop.tenant.ask("POST /api/keys", json={"name": "k", "collections": collections, **more})
    assert answer.status_code == 400, answer.text
    root = f"collections.{shop.tenant.database}."
    return [(item["field"].replace(root, ""), item["message"]) for item in answer.json()["errors"]]


@pytest.mark.parametrize("raw", [[], {}, "orders", 1])
def test_other_shapes_are_refused(shop: Shop, raw: Any) -> None:
    assert errors(shop, raw) == [("collections", SHAPE)]


def test_every_error_is_reported_with_its_path(shop: Shop) -> None:
    named = {
        "orders": {"actions": ["own"], "filter": {"a": {"$foo": 1}}, "fields": {"hide": []}, "x": 1},
        "users": READ,
        "media": READ | {"filter": {}},
        "notes": {"actions": []},
    }
    assert errors(shop, {shop.tenant.database: named, MISSING_ID: {"orders": READ}}) == [
        ("orders.x", "Unknown property."),
        ("orders.actions", "Name one or more of: read, insert, write, delete."),
        ("orders.filter.a.$foo", "The operator $foo is not allowed here."),
        ("orders.fields", 'Must be {"include": [paths]} or {"exclude": [paths]}.'),
        ("users", "Collection not found."),
        ("media.filter", "Files have actions alone."),
        ("notes.actions", "Name one or more of: read, insert, write, delete."),
        (f"collections.{MISSING_ID}", "Database not found."),
    ]


def test_a_key_of_collections_has_no_web_restrictions(shop: Shop) -> None:
    collections = {shop.tenant.database: {"orders": READ}}
    assert errors(shop, collections, web={"origins": ["*"]})[0][0] == "collections"
    assert errors(shop, collections, actions=["insert"]) == [
        ("orders.actions", "More than the `actions` of the key.")
    ]


def test_a_change_takes_effect_and_null_lifts_the_limit(shop: Shop) -> None:
    collections = {shop.tenant.database: {"orders": READ | {"filter": FILTER}}}
    created = shop.tenant.ask("POST /api/keys", json={"name": "k", "collections": collections}).json()
    assert created["collections"] == collections
    assert (created["databases"], created["actions"]) == ([shop.tenant.database], ["read"])
    route, auth = f"PATCH /api/keys/{created['id']}", f"Api-Key {created['key']}"
    changed = shop.tenant.ask(route, json={"name": "new"}).json()
    assert (changed["name"], changed["collections"]) == ("new", collections)
    lifted = shop.tenant.ask(route, json={"collections": None}).json()
    assert "collections" not in lifted
    assert (lifted["databases"], lifted["actions"]) == ([shop.tenant.database], ["read"])
    assert ask(shop.tenant.client, route, auth=auth, json={"name": "x"}).status_code == 403
    assert shop.tenant.ask("PATCH /api/keys/999999999", json={"name": "x"}).status_code == 404
    assert shop.tenant.ask(route, json={"nam": "x"}).status_code == 400


def test_a_rename_of_a_collection_is_followed_and_that_of_a_field_refused(shop: Shop) -> None:
    access = READ | {"filter": FILTER, "fields": {"exclude": ["margin"]}}
    created = shop.tenant.ask(
        "POST /api/keys", json={"name": "k", "collections": {shop.tenant.database: {"orders": access}}}
    )
    for operation in ({"op": "rename", "name": "owner", "to": "who"}, {"op": "drop", "name": "margin"}):
        body = {"database_id": shop.tenant.database, "collection_name": "orders", "operations": [operation]}
        answer = shop.tenant.ask("PATCH /api/collection_schema", auth=shop.tenant.bearer, json=body)
        assert answer.status_code == 409, answer.text
        assert "Change the key first" in answer.text
    path = f"/api/dbs/{shop.tenant.database}/tables/orders"
    assert shop.tenant.ask(f"PATCH {path}", auth=shop.tenant.bearer, json={"name": "bills"}).is_success
    listed = shop.tenant.ask("GET /api/keys", auth=shop.tenant.bearer).json()["keys"]
    (renamed,) = [key["collections"] for key in listed if key["id"] == created.json()["id"]]
    assert renamed == {shop.tenant.database: {"bills": access}}
