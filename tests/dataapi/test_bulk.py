"""Several operations in one call: all or none in order, or each on its own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import Tenant, refused, status_and_body

FIELDS = (
    {"name": "name", "required": True},
    {"name": "level", "type": "number", "enum": [1, 2, 3]},
    {"name": "slug", "unique": True},
)
TAKEN = "Another document already has this value; slug must be unique."


@pytest.fixture(params=[True, False], ids=["with history", "plain"])
def things(request: pytest.FixtureRequest, anna: Tenant) -> str:
    return anna.new_collection(*FIELDS, history=request.param)


def send(tenant: Tenant, collection: str, operations: Any, *, auth: str | None = None, **more: Any) -> Any:
    body = {"database_id": tenant.database, "collection_name": collection, "operations": operations, **more}
    return tenant.ask("POST /api/crud/bulk", auth=auth, json=body)


def names(tenant: Tenant, collection: str) -> list[Any]:
    return [item["name"] for item in tenant.find(collection)["data"]]


def insert(name: Any = "x", **more: Any) -> dict[str, Any]:
    return {"insert": {"name": name, **more}}


def update(filters: Any, data: Any, **more: Any) -> dict[str, Any]:
    return {"update": {"filters": filters, "update_data": data, **more}}


def delete(filters: Any, **more: Any) -> dict[str, Any]:
    return {"delete": {"filters": filters, **more}}


@pytest.mark.parametrize("ordered", [True, False])
def test_each_operation_sees_what_those_before_it_did(anna: Tenant, things: str, ordered: bool) -> None:
    (one,) = anna.insert(things, [{"name": "one", "slug": "1"}])
    operations = [
        insert("a", slug="a"),
        insert("b"),
        update({"name": {"$in": ["a", "b"]}}, {"$set": {"seen": True}}),
        update({"slug": "new"}, {"$setOnInsert": {"name": "made"}, "n": 1}, upsert=True),
        update({"slug": "new"}, {"n": 2}, upsert=True),
        update({"_id": one}, {"name": "whole"}, replace=True),
        delete({"name": "b"}),
        delete({"name": "b"}),
        update({}, {"level": 1}, all=True),
    ]
    status, body = status_and_body(send(anna, things, operations, ordered=ordered))
    whole, first, created = anna.find(things)["data"]
    assert (status, body) == (
        200,
        {
            "success": True,
            "results": [
                {"index": 0, "ok": True, "inserted_id": first["_id"]},
                {"index": 1, "ok": True, "inserted_id": body["results"][1]["inserted_id"]},
                {"index": 2, "ok": True, "modified_count": 2},
                {"index": 3, "ok": True, "modified_count": 0, "upserted_id": created["_id"]},
                {"index": 4, "ok": True, "modified_count": 1, "upserted_id": None},
                {"index": 5, "ok": True, "modified_count": 1},
                {"index": 6, "ok": True, "deleted_count": 1},
                {"index": 7, "ok": True, "deleted_count": 0},
                {"index": 8, "ok": True, "modified_count": 3},
            ],
        },
    )
    documents = [
        {key: value for key, value in item.items() if key not in ("_id", "_sys")}
        for item in (whole, first, created)
    ]
    assert documents == [
        {"name": "whole", "level": 1},
        {"name": "a", "slug": "a", "seen": True, "level": 1},
        {"name": "made", "slug": "new", "n": 2, "level": 1},
    ]
    assert [item["_sys"]["version"] for item in (whole, first, created)] == [3, 3, 3]


@pytest.mark.parametrize(
    ("operations", "status", "message", "errors"),
    [
        ([insert("a"), insert("b", slug="s")], 409, TAKEN, [("slug", TAKEN, 1)]),
        (
            [delete({"name": "one"}), update({"name": "two"}, {"slug": "s", "level": 1}), insert("c", slug="s")],
            409,
            TAKEN,
            [("slug", TAKEN, 2)],
        ),
        (
            [insert("a"), insert(5), update({"$where": 1}, {"n": 1}), delete({"a": {"$in": 1}}), insert(level="x")],
            400,
            "4 errors; the first: operation 1, name: Must be a string.",
            [
                ("name", "Must be a string.", 1),
                ("filters.$where", "The operator $where is not allowed here.", 2),
                ("filters.a.$in", "Must be an array.", 3),
                ("level", "Must be a number.", 4),
            ],
        ),
        (
            [insert("a"), update({"name": "two"}, {"$inc": {"$x": 1}})],
            400,
            "Operation 1, update_data.$inc.$x: A field name must not begin with '$'.",
            [("update_data.$inc.$x", "A field name must not begin with '$'.", 1)],
        ),
    ],
)
def test_together_all_or_none(
    anna: Tenant, things: str, operations: Any, status: int, message: str, errors: list[tuple[Any, ...]]
) -> None:
    anna.insert(
        things, [{"name": "one", "slug": "s2"}, {"name": "two", "slug": "s" if len(operations) == 2 else "t"}]
    )
    before = anna.find(things)
    assert status_and_body(send(anna, things, operations)) == (status, refused(message, *errors))
    assert anna.find(things) == before


def test_a_result_that_is_not_allowed_undoes_the_others(anna: Tenant, things: str) -> None:
    (one,) = anna.insert(things, [{"name": "one", "level": 3}])
    before = anna.find(things)
    text = f"Must be one of 1, 2, 3. (In the document {one}.)"
    answer = send(anna, things, [insert("a"), update({"name": "one"}, {"$inc": {"level": 1}}), insert("b")])
    assert (answer.status_code, answer.json()["errors"]) == (400, [{"field": "level", "message": text, "index": 1}])
    assert anna.find(things) == before


def test_each_on_its_own_continues_after_errors(anna: Tenant, things: str) -> None:
    operations = [
        insert("a", slug="s"),
        insert("b", slug="s"),
        insert(5),
        update({"name": "a"}, {"$inc": {"level": 9}}),
        update({"name": "a"}, {"$push": {"list": 1}}),
        update({"name": {"$foo": 1}}, {"n": 1}),
        insert("c"),
    ]
    status, body = status_and_body(send(anna, things, operations, ordered=False))
    results = body["results"]
    (one, three) = anna.find(things)["data"]
    assert (status, body["success"], [item["index"] for item in results]) == (200, False, [*range(7)])
    assert [item["ok"] for item in results] == [True, False, False, False, True, False, True]
    assert results[1] == {
        "index": 1,
        "ok": False,
        "error": {"status": 409, "message": TAKEN, "errors": [{"field": "slug", "message": TAKEN, "index": 1}]},
    }
    assert [item["error"]["status"] for item in results if not item["ok"]] == [409, 400, 400, 400]
    text = "The operator $foo is not allowed here."
    assert results[5]["error"]["errors"] == [{"field": "filters.name.$foo", "message": text, "index": 5}]
    assert results[5]["error"]["message"] == f"Operation 5, filters.name.$foo: {text}"
    assert (results[6]["inserted_id"], one["list"]) == (three["_id"], [1])
    assert names(anna, things) == ["a", "c"]


@pytest.mark.parametrize("change", [None, {"level": 2}])
def test_max_affected_of_one_operation(anna: Tenant, things: str, change: dict[str, Any] | None) -> None:
    anna.insert(things, [{"name": "a", "slug": str(n)} for n in range(3)])

    def limited(number: int) -> dict[str, Any]:
        more = {"max_affected": number}
        return delete({"name": "a"}, **more) if change is None else update({"name": "a"}, change, **more)

    text = "This would change 3 documents, more than the 2 of max_affected."
    answer = send(anna, things, [insert("b"), limited(2)])
    assert status_and_body(answer) == (409, refused(text, ("max_affected", text, 1)))
    assert names(anna, things) == ["a", "a", "a"]
    status, body = status_and_body(send(anna, things, [limited(2), insert("b")], ordered=False))
    assert (status, [item["ok"] for item in body["results"]]) == (200, [False, True])
    assert body["results"][0]["error"]["status"] == 409
    status, body = status_and_body(send(anna, things, [limited(3)]))
    assert (status, [*body["results"][0].values()][2]) == (200, 3)


SHAPE = 'Must be {"insert": …}, {"update": …} or {"delete": …}.'
EMPTY = 'Empty filters match every document; send "all": true if that is meant.'


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize(
    ("operation", "field", "text"),
    [
        (7, "", SHAPE),
        ({}, "", SHAPE),
        ({"drop": {}}, "", SHAPE),
        ({"insert": {}, "delete": {}}, "", SHAPE),
        ({"update": []}, "update", "Must be an object with filters."),
        (delete({}), "filters", EMPTY),
        (update({}, {"a": 1}), "filters", EMPTY),
        (update({"a": 1}, {}), "update_data", "update_data must name at least one field"),
        ({"update": {"filters": {"a": 1}}}, "update_data", "update_data is required"),
        ({"delete": {}}, "filters", "filters is required"),
        (update({"a": 1}, {"b": 1}, upsert=1), "upsert", "upsert must be true or false"),
        (delete({"a": 1}, dry_run=True), "dry_run", "Unknown parameter dry_run."),
        (
            delete({"a": 1}, max_affected=0),
            "max_affected",
            "max_affected must be a whole number from 1 to 2147483647",
        ),
    ],
)
def test_malformed_operations(
    anna: Tenant, things: str, operation: Any, field: str, text: str, ordered: bool
) -> None:
    answer = send(anna, things, [insert("a"), operation], ordered=ordered)
    path = f"Operation 1, {field}" if field else "Operation 1"
    assert status_and_body(answer) == (400, refused(f"{path}: {text}", (field, text, 1)))
    assert anna.count(things) == 0


@pytest.mark.parametrize(
    ("operations", "more", "status", "text", "field"),
    [
        ([], {}, 400, "operations must be an array of at least one operation", "operations"),
        ({}, {}, 400, "operations must be an array of at least one operation", "operations"),
        (None, {}, 400, "operations must be an array of at least one operation", "operations"),
        ([insert()], {"ordered": "no"}, 400, "ordered must be true or false", "ordered"),
        ([insert()], {"max_affected": 1}, 400, "Unknown parameter max_affected.", "max_affected"),
        ([insert()] * 10_001, {}, 413, "At most 10000 operations at once (MAX_BATCH_DOCUMENTS).", None),
    ],
)
def test_malformed_requests(
    anna: Tenant, things: str, operations: Any, more: Any, status: int, text: str, field: str | None
) -> None:
    errors = [(field, text)] if field else []
    assert status_and_body(send(anna, things, operations, **more)) == (status, refused(text, *errors))
    assert anna.count(things) == 0


OPERATIONS = [
    (insert("new"), {"insert"}),
    (update({"name": "one"}, {"n": 1}), {"write"}),
    (update({"name": "two"}, {"n": 1}, upsert=True), {"write", "insert"}),
    (delete({"name": "one"}), {"delete"}),
]


@pytest.mark.parametrize(("operation", "needed"), OPERATIONS)
def test_each_operation_needs_its_action(anna: Tenant, things: str, operation: Any, needed: set[str]) -> None:
    """Check that an insert before a forbidden operation is rolled back."""
    anna.insert(things, [{"name": "one"}])
    before = anna.find(things)
    for missing in sorted(needed - {"insert"}) or ["insert"]:
        key = anna.new_key(actions=sorted({"read", "insert", "write", "delete"} - {missing}))
        text = f"This needs the permission {missing!r}."
        index = 0 if missing == "insert" else 1
        operations = [operation] if index == 0 else [insert("first"), operation]
        answer = send(anna, things, operations, auth=key)
        assert status_and_body(answer) == (403, refused(text, ("", text, index)))
        alone = send(anna, things, [operation], auth=key, ordered=False)
        error = {"status": 403, "message": text, "errors": []}
        assert status_and_body(alone) == (
            200,
            {"success": False, "results": [{"index": 0, "ok": False, "error": error}]},
        )
    assert anna.find(things) == before


def test_many_inserts_at_once(anna: Tenant, things: str) -> None:
    answer = send(anna, things, [insert(str(number)) for number in range(2_000)])
    assert answer.status_code == 200
    assert anna.count(things) == 2_000
