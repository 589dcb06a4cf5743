"""The requests for distinct values and for aggregations."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from dataapi.operations.queries import OPERATIONS, AggregateRequest, DistinctRequest
from engine.schema import Collation
from tests.dataapi.operations.support import TARGET, errors_of

COLLATION = 'Must be an object such as {"locale": "en", "strength": 2}.'


@pytest.mark.parametrize(
    ("parameters", "query"),
    [
        ({}, engine.Query()),
        ({"filters": "", "collation": ""}, engine.Query()),
        ({"filters": '{"é": {"$in": [1, null]}}'}, engine.Query({"é": {"$in": [1, None]}})),
        ({"collation": '{"locale": "de"}'}, engine.Query(collation=Collation("de", 3))),
    ],
)
def test_the_query_of_distinct_values(parameters: dict[str, str], query: engine.Query) -> None:
    request = DistinctRequest.parse({**TARGET, "field": "a.b", **parameters})
    assert (request.field, request.query()) == ("a.b", query)


@pytest.mark.parametrize(
    ("parameters", "errors"),
    [
        ({}, [("field", "field is required")]),
        ({"field": ""}, [("field", "field is required")]),
        ({"field": "a\0"}, [("field", "field must be a string without NUL")]),
        ({"field": "a", "filters": "[]"}, [("filters", "filters must be a JSON object")]),
        ({"field": "a", "collation": "[]"}, [("collation", COLLATION)]),
        (
            {"filters": "7", "dry_run": "true"},
            [
                ("field", "field is required"),
                ("filters", "filters must be a JSON object"),
                ("dry_run", "Unknown parameter dry_run."),
            ],
        ),
    ],
)
def test_distinct_values_that_are_refused(parameters: dict[str, str], errors: list[tuple[str, str]]) -> None:
    assert errors_of(DistinctRequest, {**TARGET, **parameters}) == errors


@pytest.mark.parametrize("pipeline", [[], [{"$match": {}}], None, {}, "x", [7]])
def test_a_pipeline_is_left_to_the_engine(pipeline: Any) -> None:
    request = AggregateRequest.parse({**TARGET, "pipeline": pipeline})
    assert (request.pipeline, request.collation) == (pipeline, None)


@pytest.mark.parametrize(
    ("members", "errors"),
    [
        ({}, [("pipeline", "pipeline is required")]),
        ({"pipeline": [], "collation": "en"}, [("collation", COLLATION)]),
        (
            {"pipeline": [], "collation": {"locale": "en", "level": 2}},
            [
                ("collation.level", "Is not one of locale, strength."),
            ],
        ),
        ({"pipeline": [], "max_affected": 1}, [("max_affected", "Unknown parameter max_affected.")]),
    ],
)
def test_aggregations_that_are_refused(members: dict[str, Any], errors: list[tuple[str, str]]) -> None:
    assert errors_of(AggregateRequest, {**TARGET, **members}) == errors


def test_the_operations_name_the_documents_that_they_return() -> None:
    distinct, aggregate = (operation.as_dict() for operation in OPERATIONS)
    contents = [item["responses"]["200"]["content"]["application/json"] for item in (distinct, aggregate)]
    assert [list(content["schema"]["properties"]) for content in contents] == [
        ["success", "field", "values", "truncated"],
        ["success", "data"],
    ]
    pipeline = aggregate["requestBody"]["content"]["application/json"]["schema"]["properties"]["pipeline"]
    assert pipeline == {"type": "array", "items": {"type": "object"}}
