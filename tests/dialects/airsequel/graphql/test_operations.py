"""Bodies of GraphQL requests."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from dialects.airsequel.graphql.execution import GraphOperation
from dialects.airsequel.graphql.operations import GraphQLBody

BODIES: list[tuple[dict[str, Any], GraphOperation]] = [
    ({"query": "{ a }"}, GraphOperation("{ a }")),
    ({"query": "{ a }", "operationName": None, "variables": None}, GraphOperation("{ a }")),
    ({"query": "{ a }", "operationName": "", "extensions": {}}, GraphOperation("{ a }")),
    ({"query": "{ a }", "operationName": "A", "variables": {"b": 1}}, GraphOperation("{ a }", "A", {"b": 1})),
]


@pytest.mark.parametrize(("body", "operation"), BODIES)
def test_bodies(body: dict[str, Any], operation: GraphOperation) -> None:
    assert GraphQLBody.parse(body).operation == operation


@pytest.mark.parametrize("body", [{}, {"query": ""}, {"query": None}, {"query": "a", "variables": "{}"}])
def test_wrong_bodies(body: dict[str, Any]) -> None:
    with pytest.raises(engine.Invalid):
        GraphQLBody.parse(body)
