"""What a key with a row filter and a field mask writes: documents within its filter, and members that it sees."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scopes.conftest import ANN, BEN, FIELDS, FILTER, HIDDEN, MASKED, Shop
from tests.support import MISSING_ID

OUTSIDE = "The document would not match the row filter of this credential."


def plain(document: dict[str, Any] | None) -> dict[str, Any]:
    assert document is not None
    return {name: value for name, value in document.items() if name not in ("_id", "_sys")}


@pytest.mark.parametrize(
    "data", [[{"owner": "ben"}], [{"owner": "ann"}, {"owner": "ben"}], [{"item": "x"}]], ids=str
)
def test_new_documents_are_within_the_filter(shop: Shop, data: list[dict[str, Any]]) -> None:
    answer = shop.key(filter=FILTER).send("POST /api/crud", data=data)
    assert (answer.status_code, answer.json()["message"]) == (403, OUTSIDE)
    assert shop.tenant.count("orders") == 2
    assert shop.key(filter=FILTER).send("POST /api/crud", data=[{"owner": "ann"}]).status_code == 201


CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("PUT /api/crud", {"update_data": {"owner": "ben"}}),
    ("PUT /api/crud", {"update_data": {"$set": {"owner": "ben"}}}),
    ("PUT /api/crud", {"update_data": {"$unset": {"owner": ""}}}),
    ("PUT /api/crud", {"update_data": {"$rename": {"owner": "item"}}}),
    ("PUT /api/crud", {"update_data": {"item": "x"}, "replace": True}),
]


@pytest.mark.parametrize("history", [True, False])
@pytest.mark.parametrize(("route", "body"), CHANGES, ids=str)
def test_changes_stay_within_the_filter(shop: Shop, route: str, body: dict[str, Any], history: bool) -> None:
    schema = {"database_id": shop.tenant.database, "collection_name": "orders", "history": history}
    assert shop.tenant.ask("PATCH /api/collection_schema", json=schema).is_success or history
    key = shop.key(filter=FILTER)
    for filters in ({"_id": shop.ann}, {"item": "lamp"}):
        if "replace" in body and "_id" not in filters:
            continue
        answer = key.send(route, filters=filters, **body)
        assert (answer.status_code, answer.json()["message"]) == (403, OUTSIDE)
        assert plain(shop.stored(shop.ann)) == ANN
    moved = key.send("PUT /api/crud", filters={"_id": shop.ann}, update_data={"item": "y", "owner": "ann"})
    assert moved.json()["modified_count" if "modified_count" in moved.json() else "count"] == 1
    assert plain(shop.stored(shop.ann)) == ANN | {"item": "y"}


def test_hidden_documents_are_as_missing_ones(shop: Shop) -> None:
    key = shop.key(filter=FILTER)
    for route, body in (
        ("PUT /api/crud", {"update_data": {"item": "x"}}),
        ("DELETE /api/crud", {}),
        ("DELETE /api/crud", {"dry_run": True}),
        ("PUT /api/crud", {"update_data": {"item": "x"}, "dry_run": True}),
    ):
        hidden = key.send(route, filters={"_id": shop.ben}, **body)
        missing = key.send(route, filters={"_id": MISSING_ID}, **body)
        assert hidden.status_code == missing.status_code
        assert hidden.text.replace(shop.ben, "") == missing.text.replace(MISSING_ID, "")
    answer = key.send("DELETE /api/crud", filters={"_id": shop.ben}, etag=f"{shop.ben}-1")
    absent = key.send("DELETE /api/crud", filters={"_id": MISSING_ID}, etag=f"{MISSING_ID}-1")
    assert (answer.status_code, answer.text) == (absent.status_code, absent.text)
    assert key.send("DELETE /api/crud", filters={"owner": {"$exists": True}}).json()["deleted_count"] == 1
    assert plain(shop.stored(shop.ben)) == BEN


MASKED_WRITES: list[tuple[str, dict[str, Any]]] = [
    ("POST /api/crud", {"data": [{"owner": "ann", "margin": 1}]}),
    ("POST /api/crud", {"data": [{"owner": "ann", "address": {"street": "x"}}]}),
    ("POST /api/crud/bulk", {"operations": [{"insert": {"margin": 1}}]}),
    ("PUT /api/crud", {"update_data": {"margin": 1}}),
    ("PUT /api/crud", {"update_data": {"$inc": {"margin": 1}}}),
    ("PUT /api/crud", {"update_data": {"$rename": {"margin": "price"}}}),
    ("PUT /api/crud", {"update_data": {"$rename": {"price": "margin"}}}),
    ("PUT /api/crud", {"update_data": {"address": {"city": "x"}}}),
    ("PUT /api/crud", {"update_data": {"address.street": "x"}}),
    ("PUT /api/crud", {"update_data": {"item": "x"}, "replace": True}),
    ("PUT /api/crud", {"update_data": {"item": "x"}, "filters": {"margin": 3}}),
    ("PUT /api/crud", {"update_data": {"item": "x"}, "filters": {"$or": [{"address.street": "Ann street 1"}]}}),
    ("PUT /api/crud", {"update_data": {"item": "x"}, "filters": {"$expr": {"$eq": ["$margin", 3]}}}),
    ("PUT /api/crud", {"update_data": {"item": "x"}, "filters": {"item": "no"}, "upsert": True}),
    ("PUT /api/v2/crud", {"update_data": {"item": "x"}, "filters": {"margin": 3}, "update_many": True}),
    ("DELETE /api/crud", {"filters": {"margin": {"$gt": 0}}}),
    ("DELETE /api/crud", {"filters": {"margin": {"$gt": 0}}, "dry_run": True}),
]


@pytest.mark.parametrize(("route", "body"), MASKED_WRITES, ids=str)
def test_masked_members_are_neither_written_nor_compared(shop: Shop, route: str, body: dict[str, Any]) -> None:
    answer = shop.key(fields=FIELDS).send(
        route, **{"filters": {"_id": shop.ann}} | body if "PUT" in route else body
    )
    assert answer.status_code == 403, answer.text
    assert (plain(shop.stored(shop.ann)), plain(shop.stored(shop.ben))) == (ANN, BEN)
    assert shop.tenant.count("orders") == 2


def test_changes_and_deletions_keep_masked_members_in_versions(shop: Shop) -> None:
    key = shop.key(filter=FILTER, fields=FIELDS)
    changed = key.send(
        "PUT /api/crud", filters={"_id": shop.ann}, update_data={"item": "x", "address.city": "Bonn"}
    )
    assert changed.is_success, changed.text
    assert plain(shop.stored(shop.ann)) == ANN | {"item": "x", "address": {**ANN["address"], "city": "Bonn"}}
    preview = key.send("DELETE /api/crud", filters={"_id": shop.ann}, dry_run=True)
    assert preview.status_code == 200
    assert not any(text in preview.text for text in (*HIDDEN, *MASKED))
    assert key.send("DELETE /api/crud", filters={"item": "x"}).json()["deleted_count"] == 1
    target = {"database_id": shop.tenant.database, "collection_name": "orders", "document_id": shop.ann}
    first = shop.tenant.ask("GET /api/history/version", params={**target, "version": 1}).json()["data"]
    last = shop.tenant.ask("GET /api/history/version", params={**target, "version": 2}).json()["data"]
    assert (plain(first), last["margin"]) == (ANN, 3)


def test_conflicts_show_nothing_that_is_hidden(shop: Shop) -> None:
    keys = [{"field": "price"}, {"field": "margin"}]
    index = {"database_id": shop.tenant.database, "collection_name": "orders", "keys": keys, "unique": True}
    assert shop.tenant.ask("POST /api/indexes", json=index).is_success
    key = shop.key(filter=FILTER, fields=FIELDS)
    assert key.send("POST /api/crud", data=[{"owner": "ann", "price": 99}]).is_success
    for answer in (
        key.send("POST /api/crud", data=[{"owner": "ann", "price": 99}]),
        key.send("PUT /api/crud", filters={"_id": shop.ann}, update_data={"price": 1}, etag=f"{shop.ann}-9"),
    ):
        assert answer.status_code in (409, 412)
        assert not any(text in answer.text for text in (*HIDDEN, "Ann street", '"margin":'))


def test_rules_about_masked_members_say_so(shop: Shop) -> None:
    rule = {"if": {"properties": {"price": {"const": 1}}}, "then": {"properties": {"margin": {"maximum": 5}}}}
    schema = {"database_id": shop.tenant.database, "collection_name": "orders", "json_schema": rule}
    assert shop.tenant.ask("PATCH /api/collection_schema", json=schema).is_success
    key = shop.key(fields=FIELDS)
    answer = key.send("PUT /api/crud", filters={"_id": shop.ben}, update_data={"price": 1})
    assert answer.status_code == 400
    assert "about a field that you may not see" in answer.text
    assert "margin" not in answer.text


def test_dialects_write_within_the_filter(shop: Shop) -> None:
    key = shop.key(filter=FILTER)
    base = f"/db/{shop.tenant.database}/rest/orders"
    typed = f"/communibase/{shop.tenant.database}/0.1/orders.json/crud"
    for route, body in (
        (f"POST {base}", {"owner": "ben"}),
        (f"PATCH {base}/{shop.ann}", {"owner": "ben"}),
        (f"PUT {base}/{shop.ann}", {"owner": "ben"}),
        (f"POST {typed}", {"owner": "ben"}),
        (f"PUT {typed}/{shop.ann}", {"owner": "ben"}),
    ):
        assert key.ask(route, json=body).status_code == 403, route
        hidden = key.ask(route.replace(shop.ann, shop.ben), json={"owner": "ann"})
        assert hidden.status_code == (404 if shop.ann in route else hidden.status_code), route
    mutation = 'mutation { update_orders(filter: {}, set: {owner: "ben"}) { affected_rows } }'
    answer = key.ask(f"POST /dbs/{shop.tenant.database}/graphql", json={"query": mutation})
    assert answer.json().get("data") in (None, {"update_orders": None})
    assert (plain(shop.stored(shop.ann)), plain(shop.stored(shop.ben))) == (ANN, BEN)
