"""Selectors cast by declaration: ids and dates at any depth, and what stays unchanged."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

import engine
from dialects.communibase.entity_types.catalog import EntityTypes
from dialects.communibase.query.selectors import cast_selector

ID, OTHER, NO_ID = "60c72b2f9b1d8b1a2d3e4567", "60c72b2f9b1d8b1a2d3e4568", "x" * 24
SCHEMA = engine.Schema(
    (
        engine.Field("groupId", "objectid"),
        engine.Field("born", "datetime"),
        engine.Field("name"),
        engine.Field("parts", "array"),
        engine.Field("home", "object"),
    )
)
PART = {
    "title": "Part",
    "isResource": False,
    "attributes": [{"title": "at", "type": "Date"}, {"title": "ownerId", "type": "ObjectId"}],
}
PERSON = {
    "title": "Person",
    "isResource": True,
    "attributes": [{"title": "parts", "type": "Array", "items": "Part"}, {"title": "home", "type": "Part"}],
}
TYPES = EntityTypes("d", {"Person": engine.CollectionSpec("Person", "c", SCHEMA)}, {"Part": PART, "Person": PERSON})
DATE = "2020-01-01T00:00:00+01:00"


def cast(selector: Any) -> Any:
    entity_type = TYPES.get("Person")
    assert entity_type is not None
    return cast_selector(selector, TYPES, entity_type)


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        (None, {}),
        ({}, {}),
        ({"name": ID, "unknown": DATE}, {"name": ID, "unknown": DATE}),
        ({"_id": ID}, {"_id": {"$oid": ID}}),
        ({"_id": NO_ID}, {"_id": {"$in": []}}),
        ({"_id": {"$in": [ID, NO_ID]}}, {"_id": {"$in": [ObjectId(ID)]}}),
        ({"_id": {"$nin": [ID, NO_ID]}}, {"_id": {"$nin": [ObjectId(ID)]}}),
        ({"_id": {"$ne": NO_ID}}, {"_id": {"$nin": []}}),
        ({"_id": {"$exists": False}}, {"_id": {"$exists": False}}),
        ({"groupId": None}, {"groupId": None}),
        ({"groupId": {"$in": [None, ID, NO_ID]}}, {"groupId": {"$in": [None, {"$oid": ID}]}}),
        ({"born": {"$lt": DATE, "$ne": None}}, {"born": {"$lt": {"$date": DATE}, "$ne": None}}),
        ({"born": 0}, {"born": {"$date": 0}}),
        ({"born": {"$not": {"$gt": DATE}}}, {"born": {"$not": {"$gt": {"$date": DATE}}}}),
        ({"updatedAt": DATE}, {"_sys.updated": {"$date": DATE}}),
        ({"updatedBy": "u1"}, {"_sys.updated_by": "u1"}),
        ({"parts._id": ID}, {"parts._id": {"$oid": ID}}),
        ({"parts.0.at": DATE}, {"parts.0.at": {"$date": DATE}}),
        ({"home.ownerId": {"$in": [ID]}}, {"home.ownerId": {"$in": [ObjectId(ID)]}}),
        ({"home.city._id": ID}, {"home.city._id": ID}),
        (
            {"parts": {"$elemMatch": {"ownerId": ID, "$or": [{"at": DATE}, {"_id": OTHER}]}}},
            {
                "parts": {
                    "$elemMatch": {
                        "ownerId": {"$oid": ID},
                        "$or": [{"at": {"$date": DATE}}, {"_id": {"$oid": OTHER}}],
                    }
                }
            },
        ),
        (
            {"$and": [{"$nor": [{"_id": ID}]}, {"born": DATE}]},
            {"$and": [{"$nor": [{"_id": {"$oid": ID}}]}, {"born": {"$date": DATE}}]},
        ),
        ({"$or": "wrong", "name": {"$foo": 1}}, {"$or": "wrong", "name": {"$foo": 1}}),
    ],
)
def test_cast(selector: Any, expected: Any) -> None:
    assert cast(selector) == expected


@pytest.mark.parametrize(
    ("selector", "fields"),
    [
        ([], ["selector"]),
        ("x", ["selector"]),
        ({"born": "x", "home.at": "y"}, ["selector.born", "selector.home.at"]),
        ({"$or": [{"born": {"$in": [DATE, "x"]}}]}, ["selector.$or.0.born.$in.1"]),
        ({"groupId": {"$gte": NO_ID}}, ["selector.groupId.$gte"]),
        ({"groupId": {"$all": [NO_ID]}}, ["selector.groupId.$all.0"]),
    ],
)
def test_every_error_has_its_path(selector: Any, fields: list[str]) -> None:
    with pytest.raises(engine.Invalid) as refused:
        cast(selector)
    assert [error.field for error in refused.value.errors] == fields


def test_caps() -> None:
    deep: dict[str, Any] = {"name": 1}
    for _ in range(40):
        deep = {"$and": [deep]}
    for selector in (deep, {"_id": {"$in": [ID] * 10_001}}):
        with pytest.raises(engine.TooLarge):
            cast(selector)
