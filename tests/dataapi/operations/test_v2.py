"""The requests of /api/v2 where they differ from those of /api."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from dataapi.operations.v2 import OPERATIONS, BulkV2Request, UpdateV2Request
from engine.update import Operators
from tests.dataapi.operations.support import DOCUMENT, TARGET, errors_of

NO_ID = "Name one document by its _id."
NO_ID_OR_MANY = "Name one document by its _id, or send update_many: true."
NO_OPERATIONS = "operations must be an array of 1 to 500 operations"
NO_MEMBERS = "Must be an object with filters and update_data."
UPSERT = "upsert needs update_all_fields: true"
OPERATORS = "update_all_fields: false goes with neither operators nor replace"
ONE = engine.Query({"_id": DOCUMENT})
UPDATE_ONE: dict[str, Any] = {"filters": {"_id": DOCUMENT}, "update_data": {"a": 1}}


@pytest.mark.parametrize(
    ("members", "operation"),
    [
        ({}, engine.Update(ONE, engine.Change({"a": 1}, only_existing=True))),
        ({"update_all_fields": False}, engine.Update(ONE, engine.Change({"a": 1}, only_existing=True))),
        ({"update_all_fields": True}, engine.Update(ONE, engine.Change({"a": 1}))),
        ({"update_data": {"$inc": {"a": 1}}}, engine.Update(ONE, Operators({"$inc": {"a": 1}}))),
        ({"update_data": {"a.$[]": 1}}, engine.Update(ONE, Operators({"a.$[]": 1}))),
        ({"array_filters": [{"x": 1}]}, engine.Update(ONE, Operators({"a": 1}, array_filters=[{"x": 1}]))),
        (
            {"filters": {"id": DOCUMENT}},
            engine.Update(engine.Query({"id": DOCUMENT}), engine.Change({"a": 1}, only_existing=True)),
        ),
        (
            {"filters": {"b": 1}, "update_many": True},
            engine.Update(engine.Query({"b": 1}), engine.Change({"a": 1}, only_existing=True)),
        ),
    ],
)
def test_an_update_sets_all_fields_only_with_operators_or_on_request(
    members: dict[str, Any], operation: engine.Update
) -> None:
    assert UpdateV2Request.parse({**TARGET, **UPDATE_ONE, **members}).operation() == operation


NO_ONE: list[Any] = [
    *(None, [], [DOCUMENT], {}, {"$exists": True}, {"$ne": DOCUMENT}, {"$gt": 0}, {"$regex": "."}, {"$in": []}),
    *({"$in": [DOCUMENT, DOCUMENT]}, {"$in": DOCUMENT}, {"$in": [{"$gt": 1}]}, {"$in": [None]}),
    *({"$eq": None}, {"$eq": {}}, {"$eq": DOCUMENT, "$ne": 1}),
]
OF_MANY: list[dict[str, Any]] = [
    *({name: value} for value in NO_ONE for name in ("_id", "id")),
    *({}, {"b": 1}, {"$and": [{"_id": DOCUMENT}]}, {"_id": {"$exists": True}, "id": DOCUMENT}),
]
ONE_ID: list[Any] = [DOCUMENT, {"$oid": DOCUMENT}, {"$eq": DOCUMENT}, {"$in": [{"$oid": DOCUMENT}]}]
OTHER_IDS: list[Any] = [7, "", False, {"$numberDecimal": "1"}, {"$in": ["a"]}]
OF_ONE: list[dict[str, Any]] = [
    *({"_id": value} for value in ONE_ID),
    *({"id": value} for value in [*ONE_ID, *OTHER_IDS]),
    {"_id": DOCUMENT, "id": {"$gt": 0}, "b": 1},
]


@pytest.mark.parametrize("filters", OF_ONE)
def test_filters_that_name_one_document(filters: dict[str, Any]) -> None:
    item = {**UPDATE_ONE, "filters": filters}
    assert UpdateV2Request.parse({**TARGET, **item}).filters == filters
    (update,) = BulkV2Request.parse({**TARGET, "operations": [item]}).updates()
    assert update.query.filter == filters


@pytest.mark.parametrize("filters", OF_MANY)
def test_filters_that_may_match_many_documents(filters: dict[str, Any]) -> None:
    item = {**UPDATE_ONE, "filters": filters, "all": True}
    assert errors_of(UpdateV2Request, {**TARGET, **item}) == [("filters", NO_ID_OR_MANY)]
    assert UpdateV2Request.parse({**TARGET, **item, "update_many": True}).filters == filters
    for more in ({}, {"update_many": True}, {"all": False}):
        with pytest.raises(engine.Invalid) as refused:
            BulkV2Request.parse({**TARGET, "operations": [UPDATE_ONE, {**item, **more}]}).updates()
        assert refused.value.errors == (engine.FieldError("filters", NO_ID, 1),)


@pytest.mark.parametrize(
    ("members", "errors"),
    [
        ({"filters": {"b": 1}}, [("filters", NO_ID_OR_MANY)]),
        ({"filters": {"b": 1}, "update_many": False}, [("filters", NO_ID_OR_MANY)]),
        ({"filters": {}, "all": True}, [("filters", NO_ID_OR_MANY)]),
        ({"filters": "{}", "all": True}, [("filters", NO_ID_OR_MANY)]),
        ({"update_many": 1}, [("update_many", "update_many must be true or false")]),
        ({"update_all_fields": None}, [("update_all_fields", "update_all_fields must be true or false")]),
        ({"update_data": {"$inc": {"a": 1}}, "update_all_fields": False}, [("update_all_fields", OPERATORS)]),
        ({"update_data": {}}, [("update_data", "update_data must name at least one field")]),
        ({"filters": []}, [("filters", "filters must be a JSON object")]),
        (
            {"filters": {"b": 1}, "update_data": 7},
            [("update_data", "update_data must be a JSON object"), ("filters", NO_ID_OR_MANY)],
        ),
    ],
)
def test_an_update_that_is_refused(members: dict[str, Any], errors: list[tuple[str, str]]) -> None:
    assert errors_of(UpdateV2Request, {**TARGET, **UPDATE_ONE, **members}) == errors


def test_the_updates_of_a_bulk() -> None:
    operations = [UPDATE_ONE, {**UPDATE_ONE, "update_all_fields": True, "upsert": True}]
    assert BulkV2Request.parse({**TARGET, "operations": operations}).updates() == [
        engine.Update(ONE, engine.Change({"a": 1}, only_existing=True)),
        engine.Update(ONE, engine.Change({"a": 1}), upsert=True),
    ]


@pytest.mark.parametrize("value", [None, "", 7, {}, [], [UPDATE_ONE] * 501])
def test_a_bulk_has_1_to_500_updates(value: Any) -> None:
    assert errors_of(BulkV2Request, {**TARGET, "operations": value}) == [("operations", NO_OPERATIONS)]
    assert len(BulkV2Request.parse({**TARGET, "operations": [UPDATE_ONE] * 500}).updates()) == 500


@pytest.mark.parametrize(
    ("item", "field", "text"),
    [
        *((item, "", NO_MEMBERS) for item in (None, 7, "x", [])),
        ({**UPDATE_ONE, "filters": {"b": 1}}, "filters", NO_ID),
        ({**UPDATE_ONE, "filters": {"b": 1}, "update_many": True}, "filters", NO_ID),
        ({**UPDATE_ONE, "upsert": True}, "upsert", UPSERT),
        ({**UPDATE_ONE, "upsert": True, "update_all_fields": False}, "upsert", UPSERT),
        ({**UPDATE_ONE, "upsert": 1}, "upsert", "upsert must be true or false"),
        ({**UPDATE_ONE, "dry_run": True}, "dry_run", "Unknown parameter dry_run."),
    ],
)
def test_an_update_of_a_bulk_that_is_refused(item: Any, field: str, text: str) -> None:
    with pytest.raises(engine.Invalid) as refused:
        BulkV2Request.parse({**TARGET, "operations": [UPDATE_ONE, item]}).updates()
    assert refused.value.errors == (engine.FieldError(field, text, 1),)


def test_the_operations_differ_from_those_of_the_first_version_in_path_id_tag_and_error() -> None:
    assert [(item.verb, item.path, item.id) for item in OPERATIONS] == [
        ("post", "/api/v2/crud", "insert_documents_v2"),
        ("get", "/api/v2/crud", "find_documents_v2"),
        ("delete", "/api/v2/crud", "delete_documents_v2"),
        ("put", "/api/v2/crud", "update_documents_v2"),
        ("post", "/api/v2/crud/bulk", "write_in_bulk_v2"),
    ]
    assert {(item.tag, item.error_schema) for item in OPERATIONS} == {("Second Generation API", "V2Error")}
    bulk = OPERATIONS[-1].as_dict()
    assert bulk["parameters"] == []
    schema = bulk["requestBody"]["content"]["application/json"]["schema"]["properties"]["operations"]
    assert (schema["items"]["required"], "upsert" in schema["items"]["properties"]) == (
        ["filters", "update_data"],
        True,
    )
