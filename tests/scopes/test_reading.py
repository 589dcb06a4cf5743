"""What a key with a row filter and a field mask reads: the visible documents and members, on every way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.scopes.conftest import FIELDS, FILTER, HIDDEN, MASKED, Shop

WITHOUT_STREET = {"city": "Oslo"}


def titles(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [document["item"] for document in answer.json()["data"]]


def test_pages_have_visible_documents_without_masked_members(shop: Shop) -> None:
    key = shop.key(filter=FILTER, fields=FIELDS)
    page = key.get("/api/crud").json()
    (document,) = page["data"]
    assert (document["_id"], document["item"], document["address"]) == (shop.ann, "lamp", WITHOUT_STREET)
    assert "margin" not in document
    assert page["pagination"]["total_items"] == 1
    assert titles(key.get("/api/crud", filters=json.dumps({"_id": shop.ben}))) == []


def test_an_inclusion_shows_the_named_paths_alone(shop: Shop) -> None:
    key = shop.key(fields={"include": ["item", "address.city"]})
    documents = key.get("/api/crud", sort="item").json()["data"]
    assert [{name for name in document if name != "_sys"} for document in documents] == [
        {"_id", "item", "address"}
    ] * 2
    assert [document["address"] for document in documents] == [{"city": "Rome"}, {"city": "Oslo"}]


# Each would match if masked values were compared, and hides both documents if absent.
ORACLES: list[dict[str, Any]] = [
    {"margin": 3},
    {"margin": {"$gt": 0}},
    {"margin": {"$exists": True}},
    {"$or": [{"margin": 3}, {"address.street": "Ann street 1"}]},
    {"address.street": {"$regex": "^Ann"}},
    {"address": {"city": "Oslo", "street": "Ann street 1"}},
    {"$expr": {"$eq": ["$margin", 3]}},
    {"$expr": {"$gt": [{"$getField": "margin"}, 0]}},
    {"$expr": {"$in": [3, {"$map": {"input": {"$objectToArray": "$$ROOT"}, "in": "$$this.v"}}]}},
]


@pytest.mark.parametrize("filters", ORACLES, ids=str)
def test_filters_see_no_masked_value(shop: Shop, filters: dict[str, Any]) -> None:
    text = json.dumps(filters)
    assert shop.tenant.find("orders", filters=text)["data"] != []
    key = shop.key(fields=FIELDS)
    assert titles(key.get("/api/crud", filters=text)) == []
    assert key.get("/api/crud", filters=text).json()["pagination"]["total_items"] == 0
    assert key.get("/api/distinct", field="item", filters=text).json()["values"] == []
    assert key.send("POST /api/aggregate", pipeline=[{"$match": filters}]).json()["data"] == []
    assert key.get("/api/history/search", filters=text).json()["data"] == []
    assert key.get("/api/export", filters=text).text.split() in ([], ["[", "]"], ["[]"])


@pytest.mark.parametrize("sort", ["margin", "-margin", "address.street"])
def test_an_order_by_masked_values_is_that_of_ids(shop: Shop, sort: str) -> None:
    key = shop.key(fields=FIELDS)
    assert titles(key.get("/api/crud", sort=sort)) == ["lamp", "Ben's desk"]
    page = key.get("/api/crud", sort=sort, page_size=1).json()
    following = key.get("/api/crud", sort=sort, page_size=1, cursor=page["next"])
    assert titles(following) == ["Ben's desk"]
    assert "Ann street" not in following.text


def test_pages_by_several_keys_go_on(shop: Shop) -> None:
    key = shop.key(filter=FILTER)
    assert key.send(
        "POST /api/crud", data=[{"owner": "ann", "item": "b"}, {"owner": "ann", "item": "a"}]
    ).is_success
    items, cursor = [], ""
    while cursor is not None:
        page = key.get(
            "/api/crud", sort="owner,item,-price", page_size=1, **({"cursor": cursor} if cursor else {})
        ).json()
        items += [document["item"] for document in page["data"]]
        cursor = page.get("next")
    assert items == ["a", "b", "lamp"]


def test_figures_are_of_what_is_visible(shop: Shop) -> None:
    key = shop.key(filter=FILTER, fields=FIELDS)
    group = [
        {"$group": {"_id": None, "n": {"$sum": 1}, "price": {"$sum": "$price"}, "margin": {"$sum": "$margin"}}}
    ]
    assert key.send("POST /api/aggregate", pipeline=group).json()["data"] == [
        {"_id": None, "n": 1, "price": 10, "margin": 0}
    ]
    assert key.get("/api/distinct", field="owner").json()["values"] == ["ann"]
    assert key.get("/api/distinct", field="margin").json()["values"] == []
    assert key.get("/api/distinct", field="address.street").json()["values"] == []
    listed = key.ask("GET /api/list_collections", params={"database_id": shop.tenant.database}).json()
    assert listed["collections"] == [{"name": "orders", "num_documents": 1}]


JOIN = {"from": "orders", "localField": "order", "foreignField": "_id", "as": "found"}
JOINS: list[list[dict[str, Any]]] = [
    [{"$unionWith": "orders"}],
    [{"$unionWith": {"coll": "orders", "pipeline": []}}],
    [{"$lookup": JOIN}],
    [{"$facet": {"a": [{"$lookup": JOIN}]}}],
    [{"$lookup": {"from": "notes", "pipeline": [{"$lookup": JOIN}], "as": "deep"}}],
]


@pytest.mark.parametrize("pipeline", JOINS, ids=str)
def test_pipelines_reach_hidden_documents_on_no_way(shop: Shop, pipeline: list[dict[str, Any]]) -> None:
    shop.tenant.insert("notes", [{"order": shop.ben}])
    access = {"notes": {"actions": ["read"]}, "orders": {"actions": ["read"], "filter": FILTER, "fields": FIELDS}}
    both = shop.tenant.new_key(collections={shop.tenant.database: access})
    for collection in ("notes", "orders"):
        body = {"database_id": shop.tenant.database, "collection_name": collection, "pipeline": pipeline}
        answer = shop.tenant.ask("POST /api/aggregate", auth=both, json=body)
        assert answer.status_code == 403
        assert not any(text in answer.text for text in (*HIDDEN, *MASKED))
    alone = shop.tenant.new_key(collections={shop.tenant.database: {"notes": {"actions": ["read"]}}})
    body = {"database_id": shop.tenant.database, "collection_name": "notes", "pipeline": pipeline}
    assert shop.tenant.ask("POST /api/aggregate", auth=alone, json=body).status_code in (400, 404)


def test_references_lead_to_visible_documents_alone(shop: Shop) -> None:
    shop.tenant.insert("notes", [{"order": shop.ann}, {"order": shop.ben}])
    access = {"notes": {"actions": ["read"]}, "orders": {"actions": ["read"], "filter": FILTER, "fields": FIELDS}}
    key = shop.tenant.new_key(collections={shop.tenant.database: access})
    params = {"database_id": shop.tenant.database, "collection_name": "notes", "expand": "order"}
    first, second = shop.tenant.ask("GET /api/crud", auth=key, params=params).json()["data"]
    assert (first["order"]["item"], first["order"]["address"]) == ("lamp", WITHOUT_STREET)
    assert "margin" not in first["order"]
    assert second["order"] is None


def test_history_has_versions_that_match_without_masked_members(shop: Shop) -> None:
    change = {"database_id": shop.tenant.database, "collection_name": "orders"}
    for document, owner in ((shop.ann, "ben"), (shop.ann, "ann"), (shop.ben, "zoe")):
        body = {**change, "filters": {"_id": document}, "update_data": {"owner": owner}}
        assert shop.tenant.ask("PUT /api/crud", json=body).is_success
    assert shop.tenant.ask("DELETE /api/crud", json={**change, "filters": {"_id": shop.ann}}).is_success
    key = shop.key(filter=FILTER, fields=FIELDS)
    versions = key.get("/api/history", document_id=shop.ann).json()["versions"]
    assert [item["version"] for item in versions] == [3, 1]
    assert key.get("/api/history", document_id=shop.ben).status_code == 404
    assert key.get("/api/history/version", document_id=shop.ann, version=2).status_code == 404
    for answer in (
        key.get("/api/history/version", document_id=shop.ann, version=1),
        key.get("/api/history/search"),
        key.get("/api/history/search", deleted="true"),
        key.get("/api/history/diff", document_id=shop.ann, **{"from": 1, "to": 3}),
    ):
        assert answer.status_code == 200, answer.text
        assert not any(text in answer.text for text in (*HIDDEN, *MASKED))
    for route, body in (("restore", {"version": 1}), ("undelete", {})):
        answer = key.send(f"POST /api/{route}", document_id=shop.ann, **body)
        assert answer.status_code == 403
        assert "cannot restore versions" in answer.text


# Routes of other dialects that read the orders.
DIALECTS = [
    "GET /db/{database}/rest/orders",
    "GET /db/{database}/rest/orders/_meta",
    "GET /db/{database}/rest/_swagger.json",
    "GET /communibase/{database}/0.1/orders.json/crud",
    "POST /communibase/{database}/0.1/orders.json/search",
    "GET /api/dbs/{database}/tables/orders",
    "GET /api/dbs/{database}/tables/orders/export",
    "GET /api/dbs/{database}/tables/orders/search/e",
    "GET /api/dbs/{database}/schema",
    "GET /api/v2/get_metadata?database_id={database}",
    "GET /api/v2/list_collections?database_id={database}",
]


@pytest.mark.parametrize("route", DIALECTS)
def test_other_dialects_show_the_same(shop: Shop, route: str) -> None:
    key = shop.key(filter=FILTER, fields=FIELDS)
    request = {"json": {}} if route.startswith("POST") else {}
    answer = key.ask(route.replace("{database}", shop.tenant.database), **request)
    assert answer.status_code == 200, answer.text
    assert not any(text in answer.text for text in (*HIDDEN, *MASKED, "notes"))


def test_graphql_shows_the_same(shop: Shop) -> None:
    key = shop.key(filter=FILTER, fields=FIELDS)
    path = f"POST /dbs/{shop.tenant.database}/graphql"
    assert key.ask(path, json={"query": "{ orders { owner } }"}).json() == {"data": {"orders": [{"owner": "ann"}]}}
    for query in (
        "{ orders { margin } }",
        "{ orders(filter: {margin: {gt: 0}}) { owner } }",
        "{ notes { order } }",
    ):
        answer = key.ask(path, json={"query": query})
        assert answer.json().get("data") is None
        assert not any(text in answer.text for text in HIDDEN)


REFUSED = [
    ("GET /communibase/{database}/0.1/EntityType.json/crud", None),
    ("POST /api/sql", {"query": "SELECT * FROM orders"}),
    ("POST /dbs/{database}/sql", {"query": "SELECT * FROM orders"}),
    ("POST /api/clone_database", {"name": "copy"}),
    ("GET /dbs/{database}/download", None),
    ("GET /api/dbs/{database}", None),
    ("GET /api/dbs", None),
    ("GET /api/dbs/{database}/charts", None),
]


@pytest.mark.parametrize(("route", "body"), REFUSED)
def test_what_cannot_be_restricted_says_so(shop: Shop, route: str, body: dict[str, Any] | None) -> None:
    key = shop.key(filter=FILTER)
    request = {} if body is None else {"json": {"database_id": shop.tenant.database, **body}}
    answer = key.ask(route.replace("{database}", shop.tenant.database), **request)
    assert answer.status_code == 403
    assert "limited to named collections" in answer.text
