"""The document routes below /api/v2: what differs from those below /api."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support import MISSING_ID, Tenant, status_and_body

NEEDS_ID = "Name one document by its _id."
NEEDS_ID_OR_MANY = "Name one document by its _id, or send update_many: true."

# Filters that match both documents of a test and name none of them.
OF_MANY: list[dict[str, Any]] = [
    {},
    {"n": 1},
    {"_id": {"$exists": True}},
    {"id": {"$gt": 0}},
    {"id": 7},
    {"id": {"$in": [7]}},
    {"_id": {"$exists": True}, "id": MISSING_ID},
]
ONE_OF_BULK = {"filters": {"_id": MISSING_ID}, "update_data": {"n": 2}}


@pytest.fixture
def collection(anna: Tenant) -> str:
    return anna.new_collection({"name": "n", "type": "number"}, {"name": "code", "unique": True})


def send(anna: Tenant, route: str, name: str, **body: Any) -> tuple[int, Any]:
    whole = {"database_id": anna.database, "collection_name": name, **body}
    return status_and_body(anna.ask(route, json=whole))


def insert(anna: Tenant, name: str, *documents: dict[str, Any]) -> list[str]:
    status, body = send(anna, "POST /api/v2/crud", name, documents=list(documents))
    assert status == 201
    return body["inserted_ids"]


def stored(anna: Tenant, name: str) -> list[dict[str, Any]]:
    documents = anna.find(name, sort="n")["data"]
    return [{key: value for key, value in item.items() if key not in ("_id", "_sys")} for item in documents]


def test_reading_and_deleting(anna: Tenant, collection: str) -> None:
    first, _ = insert(anna, collection, {"n": 1}, {"n": 2})
    query = {"database_id": anna.database, "collection_name": collection, "filters": json.dumps({"id": first})}
    status, body = status_and_body(anna.ask("GET /api/v2/crud/", params=query))
    assert (status, [item["n"] for item in body["data"]], body["pagination"]["page_size"]) == (200, [1], 50)
    status, body = send(anna, "DELETE /api/v2/crud", collection, filters={"id": first})
    assert (status, body["count"], stored(anna, collection)) == (200, 1, [{"n": 2}])


def test_an_update_changes_one_document(anna: Tenant, collection: str) -> None:
    first, _ = insert(anna, collection, {"n": 1}, {"n": 2})
    one = {"success": True, "modified_count": 1, "matched_count": 1}
    changed = send(anna, "PUT /api/v2/crud", collection, filters={"id": first}, update_data={"$inc": {"n": 4}})
    assert (changed, stored(anna, collection)) == ((200, one), [{"n": 2}, {"n": 5}])
    only_existing = send(anna, "PUT /api/v2/crud", collection, filters={"_id": first}, update_data={"n": 6, "x": 1})
    assert (only_existing[0], stored(anna, collection)) == (200, [{"n": 2}, {"n": 6}])
    more = {"update_data": {"x": 1}, "update_all_fields": True, "update_many": True}
    both = send(anna, "PUT /api/v2/crud", collection, filters={"n": {"$gt": 0}}, **more)
    assert both == (200, {"success": True, "modified_count": 2, "matched_count": 2})
    assert stored(anna, collection) == [{"n": 2, "x": 1}, {"n": 6, "x": 1}]


def test_elements_of_arrays_and_collations(anna: Tenant, collection: str) -> None:
    first, _ = insert(anna, collection, {"n": 1, "list": [1, 2]}, {"n": 2, "code": "A"})
    for more, elements in [
        ({"update_data": {"list.$[]": 7}}, [7, 7]),
        ({"update_data": {"list.$[x]": 8}, "array_filters": [{"x": 7}]}, [8, 8]),
    ]:
        status, _ = send(anna, "PUT /api/v2/crud", collection, filters={"_id": first}, **more)
        assert (status, stored(anna, collection)[0]["list"]) == (200, elements)
    collation = {"locale": "en", "strength": 2}
    more = {"filters": {"code": "a"}, "update_many": True, "update_data": {"code": "B"}, "collation": collation}
    assert send(anna, "PUT /api/v2/crud", collection, **more)[1]["matched_count"] == 1


def test_an_upsert(anna: Tenant, collection: str) -> None:
    more = {"update_data": {"n": 3}, "update_all_fields": True, "update_many": True, "upsert": True}
    status, body = send(anna, "PUT /api/v2/crud", collection, filters={"code": "a"}, **more)
    assert (status, sorted(body)) == (200, ["matched_count", "modified_count", "success", "upserted_id"])
    assert (body["matched_count"], stored(anna, collection)) == (0, [{"code": "a", "n": 3}])


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        *(
            ({"filters": filters, "update_data": {"n": 2}, **more}, {"filters": [NEEDS_ID_OR_MANY]})
            for filters in OF_MANY
            for more in ({"all": True}, {"all": True, "dry_run": True}, {"all": True, "replace": True})
        ),
        (
            {"filters": {}, "update_many": True, "update_data": {"n": 2}},
            {"filters": ['Empty filters match every document; send "all": true if that is meant.']},
        ),
        (
            {"filters": {"_id": MISSING_ID}, "update_many": 1, "update_data": {"n": 2}},
            {"update_many": ["update_many must be true or false"]},
        ),
        (
            {"filters": {"_id": MISSING_ID}, "update_data": {}},
            {"update_data": ["update_data must name at least one field"]},
        ),
    ],
)
def test_updates_that_are_refused(anna: Tenant, collection: str, body: dict[str, Any], detail: Any) -> None:
    insert(anna, collection, {"n": 1, "id": 7}, {"n": 1, "id": 7})
    refused = {"success": False, "error": "ValidationError", "detail": detail}
    assert send(anna, "PUT /api/v2/crud", collection, **body) == (400, refused)
    assert stored(anna, collection) == [{"n": 1, "id": 7}] * 2


def test_an_id_that_is_declared_as_unique_names_one_document(anna: Tenant) -> None:
    name = anna.new_collection({"name": "id", "unique": True}, {"name": "n", "type": "number"})
    update = {"filters": {"id": "a"}, "update_data": {"n": 1}, "update_all_fields": True, "upsert": True}
    status, body = send(anna, "POST /api/v2/crud/bulk", name, operations=[update])
    assert (status, body["upserted_count"], stored(anna, name)) == (200, 1, [{"id": "a", "n": 1}])
    update["update_data"] = {"n": 2}
    status, body = send(anna, "PUT /api/v2/crud", name, **update)
    assert (status, body["matched_count"], stored(anna, name)) == (200, 1, [{"id": "a", "n": 2}])
    insert(anna, name, {"id": "A", "n": 3})
    loose = {"filters": {"id": "a"}, "update_data": {"n": 4}, "collation": {"locale": "en", "strength": 2}}
    assert send(anna, "PUT /api/v2/crud", name, **loose)[0] == 400
    assert send(anna, "POST /api/v2/crud/bulk", name, operations=[loose])[0] == 400
    assert stored(anna, name) == [{"id": "a", "n": 2}, {"id": "A", "n": 3}]


def test_an_id_that_is_declared_but_not_unique_names_no_document(anna: Tenant) -> None:
    name = anna.new_collection({"name": "id"}, {"name": "n", "type": "number"})
    insert(anna, name, *[{"id": MISSING_ID, "n": 1}] * 2)
    update = {"filters": {"id": MISSING_ID}, "update_data": {"n": 2}}
    status, body = send(anna, "PUT /api/v2/crud", name, **update)
    assert (status, body["detail"]) == (400, {"filters": [NEEDS_ID_OR_MANY]})
    status, body = send(anna, "POST /api/v2/crud/bulk", name, operations=[update])
    assert (status, body["detail"]) == (400, {"0.filters": [NEEDS_ID]})
    assert stored(anna, name) == [{"id": MISSING_ID, "n": 1}] * 2
    status, body = send(anna, "PUT /api/v2/crud", name, **update, update_many=True)
    assert (status, body["matched_count"]) == (200, 2)


def test_bulk_updates(anna: Tenant, collection: str) -> None:
    first, second = insert(anna, collection, {"n": 1, "code": "a"}, {"n": 2, "code": "b"})
    operations = [
        {"filters": {"_id": first}, "update_data": {"n": 10}},
        {"filters": {"_id": second}, "update_data": {"code": "a"}},
        {"filters": {"id": second}, "update_data": {"x": 1}, "update_all_fields": True},
    ]
    status, body = send(anna, "POST /api/v2/crud/bulk", collection, operations=operations)
    clash = {"index": 1, "ok": False, "error": body["results"][1]["error"]}
    assert (status, body) == (
        200,
        {
            "success": False,
            "matched_count": 2,
            "modified_count": 2,
            "upserted_count": 0,
            "results": [{"index": 0, "ok": True}, clash, {"index": 2, "ok": True}],
            "errors": [clash],
        },
    )
    assert "code" in clash["error"]
    assert stored(anna, collection) == [{"n": 2, "code": "b", "x": 1}, {"n": 10, "code": "a"}]


@pytest.mark.parametrize(
    ("operations", "detail"),
    [
        (None, {"operations": ["operations must be an array of 1 to 500 operations"]}),
        ([], {"operations": ["operations must be an array of 1 to 500 operations"]}),
        ([{}] * 501, {"operations": ["operations must be an array of 1 to 500 operations"]}),
        ([7], {"0": ["Must be an object with filters and update_data."]}),
        *(
            ([ONE_OF_BULK, {"filters": filters, "update_data": {"n": 2}, **more}], {"1.filters": [NEEDS_ID]})
            for filters in OF_MANY
            for more in ({"all": True}, {"update_many": True})
        ),
        (
            [{"filters": {"id": 7}, "update_data": {"n": 2}}, {"filters": {"id": "x"}, "update_data": {"n": 2}}],
            {"0.filters": [NEEDS_ID], "1.filters": [NEEDS_ID]},
        ),
        (
            [{"filters": {"_id": MISSING_ID}, "update_data": {"n": 2}, "upsert": True}],
            {"0.upsert": ["upsert needs update_all_fields: true"]},
        ),
    ],
)
def test_bulk_updates_that_are_refused(anna: Tenant, collection: str, operations: Any, detail: Any) -> None:
    insert(anna, collection, {"n": 1, "id": 7}, {"n": 1, "id": 7})
    refused = {"success": False, "error": "ValidationError", "detail": detail}
    assert send(anna, "POST /api/v2/crud/bulk", collection, operations=operations) == (400, refused)
    assert stored(anna, collection) == [{"n": 1, "id": 7}] * 2
