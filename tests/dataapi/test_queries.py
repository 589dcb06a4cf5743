"""/api/distinct and /api/aggregate over HTTP; what pipelines may hold is in tests/engine/test_pipeline.py."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support import FILMS, Tenant, Truth, refused, told

CANNOT = "MongoDB cannot do this with the documents as they are; check the types and paths."


@pytest.fixture(scope="module")
def films(anna: Tenant) -> str:
    anna.insert("films", FILMS)
    anna.add({"name": "people", "fields": [{"name": "name"}, {"name": "born", "type": "date"}]})
    anna.insert("people", [{"name": "Roman Polanski", "born": "1933-08-18"}])
    return "films"


def aggregate(anna: Tenant, pipeline: Any, collection: str = "films", **more: Any) -> tuple[int, Any]:
    body = {"database_id": anna.database, "collection_name": collection, "pipeline": pipeline}
    return told(anna.ask("POST /api/aggregate", json=body, **more))


def distinct(anna: Tenant, **params: Any) -> tuple[int, Any]:
    query = {"database_id": anna.database, "collection_name": "films", **params}
    return told(anna.ask("GET /api/distinct", params=query))


def test_values(anna: Tenant, films: str) -> None:
    assert distinct(anna, field="Director") == (
        200,
        {"success": True, "field": "Director", "values": [None, "Roman Polanski"], "truncated": False},
    )
    assert distinct(anna, field="Title", filters='{"US Gross": {"$gt": 1000000}}')[1]["values"] == [
        "Pirates",
        "Slam",
    ]
    assert distinct(anna, field="Creative Type.IMDB Votes")[1]["values"] == [2]


@pytest.mark.parametrize(
    ("params", "fault"),
    [
        ({}, ("field", "field is required")),
        ({"field": "a..b"}, ("field", "A field name must not be empty.")),
        ({"field": "$a"}, ("field", "A field name must not begin with '$'.")),
        ({"field": "a", "filters": "[]"}, ("filters", "filters must be a JSON object")),
    ],
)
def test_faults_of_distinct(anna: Tenant, films: str, params: Any, fault: tuple[str, str]) -> None:
    assert distinct(anna, **params) == (400, refused(fault[1], fault))


def test_more_values_than_an_answer_holds(anna: Tenant) -> None:
    name = anna.new_collection()
    anna.insert(name, [{"n": n} for n in range(1001)])
    status, body = distinct(anna, collection_name=name, field="n")
    assert (status, body["values"], body["truncated"]) == (200, list(range(1000)), True)


def test_a_pipeline_with_a_lookup(anna: Tenant, films: str, truth: Truth) -> None:
    pipeline = [
        {"$match": {"Director": {"$ne": None}}},
        {"$lookup": {"from": "people", "localField": "Director", "foreignField": "name", "as": "who"}},
        {"$project": {"_id": 0, "Title": 1, "who.born": 1, "who.name": 1}},
    ]
    status, body = aggregate(anna, pipeline)
    who = [{"name": "Roman Polanski", "born": "1933-08-18T00:00:00Z"}]
    assert (status, body) == (200, {"success": True, "data": [{"Title": "Pirates", "who": who}]})
    (row,) = truth.rows("SELECT physical FROM catalog_database WHERE public_id = ?", anna.database)
    every = json.dumps(aggregate(anna, [{"$unionWith": "people"}, {"$set": {"all": "$$ROOT"}}]))
    for physical in (row[0], *truth.documents(row[0])):
        assert physical not in every


@pytest.mark.parametrize(
    "pipeline",
    [
        [{"$out": "x"}],
        [{"$merge": {"into": "films"}}],
        [{"$facet": {"a": [{"$merge": "films"}]}}],
        [{"$lookup": {"from": "nowhere", "pipeline": [], "as": "x"}}],
        [{"$collStats": {"storageStats": {}}}],
        [{"$currentOp": {}}],
        [{"$match": {"$where": "true"}}],
        [{"$match": {"$expr": {"$function": {"body": "true", "args": [], "lang": "js"}}}}],
        [{"$set": {"a": {"$divide": [1, 0]}}}],
        {"$match": {}},
        None,
    ],
)
@pytest.mark.usefixtures("nothing_changes")
def test_what_is_refused_tells_nothing_of_mongodb(anna: Tenant, pipeline: Any, truth: Truth) -> None:
    status, body = aggregate(anna, pipeline)
    assert status == 400
    (row,) = truth.rows("SELECT physical FROM catalog_database WHERE public_id = ?", anna.database)
    for physical in (row[0], *truth.documents(row[0])):
        assert physical not in json.dumps(body)


def test_exact_errors(anna: Tenant, films: str) -> None:
    text = "The stage $out is not allowed."
    expected = refused(f"pipeline.0.$out: {text}", ("pipeline.0.$out", text))
    assert aggregate(anna, [{"$out": "x"}]) == (400, expected)
    assert aggregate(anna, [{"$set": {"a": {"$divide": [1, 0]}}}]) == (400, refused(CANNOT))
    missing = {"database_id": anna.database, "collection_name": "films"}
    expected = refused("pipeline is required", ("pipeline", "pipeline is required"))
    assert told(anna.ask("POST /api/aggregate", json=missing)) == (400, expected)


def test_more_documents_than_an_answer_holds(anna: Tenant) -> None:
    name = anna.new_collection()
    anna.insert(name, [{"n": n} for n in range(1001)])
    text = "The pipeline gives more than 1000 documents (MAX_PAGE_SIZE); end it with a $limit."
    assert aggregate(anna, [], name) == (413, refused(text, ("pipeline", text)))
    assert len(aggregate(anna, [{"$sort": {"n": 1}}, {"$limit": 1000}], name)[1]["data"]) == 1000


def test_other_tenants_collections(anna: Tenant, ben: Tenant) -> None:
    """A collection that only somebody else's database has is one that there is none of."""
    ben.add({"name": "bens", "fields": [{"name": "a"}]})
    text = "Must name a collection of this database."
    place = "pipeline.0.$unionWith"
    assert aggregate(anna, [{"$unionWith": "bens"}]) == (400, refused(f"{place}: {text}", (place, text)))
