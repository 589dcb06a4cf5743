"""/api/distinct and /api/aggregate over HTTP; what pipelines may hold is in tests/engine/query/test_pipeline.py."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.query.pipeline import STAGES
from tests.support import FILMS, Tenant, Truth, refused, status_and_body

CANNOT = "MongoDB cannot do this with the documents as they are; check the types and paths."


@pytest.fixture(scope="module")
def films(anna: Tenant) -> str:
    anna.insert("films", FILMS)
    anna.add({"name": "people", "fields": [{"name": "name"}, {"name": "born", "type": "date"}]})
    anna.insert("people", [{"name": "Roman Polanski", "born": "1933-08-18"}])
    return "films"


def aggregate(anna: Tenant, pipeline: Any, collection: str = "films", **more: Any) -> tuple[int, Any]:
    body = {"database_id": anna.database, "collection_name": collection, "pipeline": pipeline}
    return status_and_body(anna.ask("POST /api/aggregate", json=body, **more))


def distinct(anna: Tenant, **params: Any) -> tuple[int, Any]:
    query = {"database_id": anna.database, "collection_name": "films", **params}
    return status_and_body(anna.ask("GET /api/distinct", params=query))


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
    ("params", "error"),
    [
        ({}, ("field", "field is required")),
        ({"field": "a..b"}, ("field", "A field name must not be empty.")),
        ({"field": "$a"}, ("field", "A field name must not begin with '$'.")),
        ({"field": "a", "filters": "[]"}, ("filters", "filters must be a JSON object")),
    ],
)
def test_errors_of_distinct(anna: Tenant, films: str, params: Any, error: tuple[str, str]) -> None:
    assert distinct(anna, **params) == (400, refused(error[1], error))


@pytest.mark.parametrize("path", ["2147483648", "99999999999999999999"])
def test_distinct_values_of_a_field_called_by_a_large_number(anna: Tenant, films: str, path: str) -> None:
    assert distinct(anna, field=path)[1]["values"] == []


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
    who = [{"name": "Roman Polanski", "born": "1933-08-18T00:00:00.000Z"}]
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
def test_refusals_reveal_nothing_of_mongodb(anna: Tenant, pipeline: Any, truth: Truth) -> None:
    status, body = aggregate(anna, pipeline)
    assert status == 400
    (row,) = truth.rows("SELECT physical FROM catalog_database WHERE public_id = ?", anna.database)
    for physical in (row[0], *truth.documents(row[0])):
        assert physical not in json.dumps(body)


# Each allowed stage once, with what it gives of NUMBERS.
NUMBERS = [{"n": 1, "k": "a", "l": [1, 2]}, {"n": 2, "k": "b", "l": []}, {"n": 3, "k": "a", "l": [3], "up": 1}]
N, BY_N = {"$project": {"_id": 0, "n": 1}}, {"$sort": {"n": 1}}
STAGE_TABLE: dict[str, tuple[list[Any], Any]] = {
    "$match": ([{"$match": {"n": {"$gt": 2}}}, N], [{"n": 3}]),
    "$sort": ([{"$sort": {"n": -1}}, N], [{"n": 3}, {"n": 2}, {"n": 1}]),
    "$skip": ([BY_N, {"$skip": 2}, N], [{"n": 3}]),
    "$limit": ([BY_N, {"$limit": 1}, N], [{"n": 1}]),
    "$sample": ([{"$sample": {"size": 9}}, {"$count": "all"}], [{"all": 3}]),
    "$unwind": ([BY_N, {"$unwind": "$l"}, {"$project": {"_id": 0, "l": 1}}], [{"l": 1}, {"l": 2}, {"l": 3}]),
    "$project": ([BY_N, {"$project": {"_id": 0, "m": {"$add": ["$n", 1]}}}], [{"m": 2}, {"m": 3}, {"m": 4}]),
    "$set": ([BY_N, {"$limit": 1}, {"$set": {"n": "$k"}}, N], [{"n": "a"}]),
    "$addFields": ([BY_N, {"$limit": 1}, {"$addFields": {"n": {"$size": "$l"}}}, N], [{"n": 2}]),
    "$unset": ([BY_N, {"$limit": 1}, {"$unset": ["_id", "_sys", "l"]}], [{"n": 1, "k": "a"}]),
    "$replaceRoot": ([BY_N, {"$limit": 1}, {"$replaceRoot": {"newRoot": {"x": "$n"}}}], [{"x": 1}]),
    "$replaceWith": ([BY_N, {"$limit": 1}, {"$replaceWith": {"x": "$k"}}], [{"x": "a"}]),
    "$group": (
        [{"$group": {"_id": "$k", "s": {"$sum": "$n"}}}, {"$sort": {"_id": 1}}],
        [{"_id": "a", "s": 4}, {"_id": "b", "s": 2}],
    ),
    "$bucket": (
        [{"$bucket": {"groupBy": "$n", "boundaries": [0, 3, 9]}}],
        [{"_id": 0, "count": 2}, {"_id": 3, "count": 1}],
    ),
    "$bucketAuto": (
        [{"$bucketAuto": {"groupBy": "$n", "buckets": 1}}],
        [{"_id": {"min": 1, "max": 3}, "count": 3}],
    ),
    "$sortByCount": ([{"$sortByCount": "$k"}], [{"_id": "a", "count": 2}, {"_id": "b", "count": 1}]),
    "$count": ([{"$count": "all"}], [{"all": 3}]),
    "$facet": (
        [{"$facet": {"a": [{"$count": "all"}], "b": [BY_N, {"$limit": 1}, N]}}],
        [{"a": [{"all": 3}], "b": [{"n": 1}]}],
    ),
    "$setWindowFields": (
        [
            {
                "$setWindowFields": {
                    "sortBy": {"n": 1},
                    "output": {"s": {"$sum": "$n", "window": {"documents": ["unbounded", "current"]}}},
                }
            },
            {"$project": {"_id": 0, "s": 1}},
        ],
        [{"s": 1}, {"s": 3}, {"s": 6}],
    ),
    "$lookup": (
        [
            {"$match": {"up": 1}},
            {"$lookup": {"from": "numbers", "localField": "up", "foreignField": "n", "pipeline": [N], "as": "who"}},
            {"$project": {"_id": 0, "who": 1}},
        ],
        [{"who": [{"n": 1}]}],
    ),
    "$graphLookup": (
        [
            {"$match": {"n": 3}},
            {
                "$graphLookup": {
                    "from": "numbers",
                    "startWith": "$up",
                    "connectFromField": "up",
                    "connectToField": "n",
                    "as": "who",
                }
            },
            {"$project": {"_id": 0, "who.n": 1}},
        ],
        [{"who": [{"n": 1}]}],
    ),
    "$unionWith": ([{"$unionWith": "numbers"}, {"$count": "all"}], [{"all": 6}]),
}


@pytest.fixture(scope="module")
def numbers(anna: Tenant) -> str:
    anna.add({"name": "numbers", "fields": [{"name": "n", "type": "number"}]})
    anna.insert("numbers", NUMBERS)
    return "numbers"


def test_the_table_has_every_stage() -> None:
    assert {*STAGE_TABLE, "$geoNear"} == set(STAGES)


def test_geo_near_needs_places(anna: Tenant) -> None:
    """Check the one stage that needs another collection than the table's: it needs places and their index."""
    name = anna.new_collection({"name": "n", "type": "number"})
    target = {"database_id": anna.database, "collection_name": name}
    index = {**target, "keys": [{"field": "at", "order": "2dsphere"}]}
    assert anna.ask("POST /api/indexes", json=index).status_code == 201
    anna.insert(name, [{"n": n, "at": {"type": "Point", "coordinates": [0, n]}} for n in (2, 0, 1)])
    near = {"near": {"type": "Point", "coordinates": [0, 0]}, "distanceField": "metres", "maxDistance": 150_000}
    result = aggregate(anna, [{"$geoNear": near}, N], name)
    assert result == (200, {"success": True, "data": [{"n": 0}, {"n": 1}]})


@pytest.mark.parametrize("stage", STAGE_TABLE)
def test_each_allowed_stage(anna: Tenant, numbers: str, stage: str) -> None:
    pipeline, data = STAGE_TABLE[stage]
    assert aggregate(anna, pipeline, numbers) == (200, {"success": True, "data": data})


AROUND: dict[str, tuple[Any, str]] = {
    "at the top": ("HERE", "pipeline.0"),
    "in $facet": ({"$facet": {"f": ["HERE"]}}, "pipeline.0.$facet.f.0"),
    "in $lookup": (
        {"$lookup": {"from": "numbers", "pipeline": ["HERE"], "as": "x"}},
        "pipeline.0.$lookup.pipeline.0",
    ),
    "in $unionWith": (
        {"$unionWith": {"coll": "numbers", "pipeline": ["HERE"]}},
        "pipeline.0.$unionWith.pipeline.0",
    ),
    "three deep": (
        {
            "$facet": {
                "f": [
                    {
                        "$lookup": {
                            "from": "numbers",
                            "as": "x",
                            "pipeline": [{"$unionWith": {"coll": "numbers", "pipeline": ["HERE"]}}],
                        }
                    }
                ]
            }
        },
        "pipeline.0.$facet.f.0.$lookup.pipeline.0.$unionWith.pipeline.0",
    ),
}
NOT_STAGES = ["$out", "$merge", "$where", "$function", "$accumulator", "$collStats", "$currentOp", "$documents"]
NOT_STAGES += ["$changeStream", "$redact", "$listSessions", "$unknown", "match", ""]


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.usefixtures("nothing_changes")
def test_each_refused_stage_at_any_depth(anna: Tenant, numbers: str, around: str) -> None:
    shape, path = AROUND[around]
    for name in NOT_STAGES:
        text = f"The stage {name} is not allowed."
        expected = refused(f"{path}.{name}: {text}", (f"{path}.{name}", text))
        pipeline = json.loads(json.dumps([shape]).replace('"HERE"', json.dumps({name: {"a": 1}})))
        assert aggregate(anna, pipeline, numbers) == (400, expected)


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("operator", ["$function", "$accumulator", "$where", "$unknown"])
@pytest.mark.usefixtures("nothing_changes")
def test_each_refused_operator_at_any_depth(anna: Tenant, numbers: str, around: str, operator: str) -> None:
    shape, path = AROUND[around]
    for stage, inner in (
        ({"$set": {"a": {operator: "x"}}}, "$set.a"),
        ({"$group": {"_id": None, "a": {operator: "x"}}}, "$group.a"),
        ({"$match": {"$expr": {operator: "x"}}}, "$match.$expr"),
        ({"$match": {operator: "x"}}, "$match"),
    ):
        pipeline = json.loads(json.dumps([shape]).replace('"HERE"', json.dumps(stage)))
        status, body = aggregate(anna, pipeline, numbers)
        assert (status, len(body["errors"])) == (400, 1)
        assert body["errors"][0]["field"] in (f"{path}.{inner}", f"{path}.{inner}.{operator}")


def test_limits(anna: Tenant, numbers: str) -> None:
    text = "A pipeline has at most 50 stages."
    assert aggregate(anna, [BY_N] * 51, numbers) == (413, refused(text, ("pipeline", text)))
    assert aggregate(anna, [BY_N] * 50, numbers)[0] == 200
    inner = [{"$facet": {"f": [BY_N] * 51}}]
    path = "pipeline.0.$facet.f"
    assert aggregate(anna, inner, numbers) == (413, refused(text, (path, text)))


def test_exact_errors(anna: Tenant, films: str) -> None:
    text = "The stage $out is not allowed."
    expected = refused(f"pipeline.0.$out: {text}", ("pipeline.0.$out", text))
    assert aggregate(anna, [{"$out": "x"}]) == (400, expected)
    path = "pipeline.0.$set.a.$divide"
    assert aggregate(anna, [{"$set": {"a": {"$divide": [1, 0]}}}]) == (
        400,
        refused(f"{path}: {CANNOT}", (path, CANNOT)),
    )
    missing = {"database_id": anna.database, "collection_name": "films"}
    expected = refused("pipeline is required", ("pipeline", "pipeline is required"))
    assert status_and_body(anna.ask("POST /api/aggregate", json=missing)) == (400, expected)


def test_more_documents_than_an_answer_holds(anna: Tenant) -> None:
    name = anna.new_collection()
    anna.insert(name, [{"n": n} for n in range(1001)])
    text = "The pipeline gives more than 1000 documents (MAX_PAGE_SIZE); end it with a $limit."
    assert aggregate(anna, [], name) == (413, refused(text, ("pipeline", text)))
    assert len(aggregate(anna, [{"$sort": {"n": 1}}, {"$limit": 1000}], name)[1]["data"]) == 1000


def test_other_tenants_collections(anna: Tenant, ben: Tenant) -> None:
    """Check that a collection of another tenant's database is treated as missing."""
    ben.add({"name": "bens", "fields": [{"name": "a"}]})
    text = "Must name a collection of this database."
    path = "pipeline.0.$unionWith"
    assert aggregate(anna, [{"$unionWith": "bens"}]) == (400, refused(f"{path}: {text}", (path, text)))
