"""Nested values in the extended schema."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from graphql import GraphQLError, GraphQLObjectType, print_type

from dialects.airsequel.graphql.schema.nested import NestedTypes, nested_reader
from dialects.airsequel.structures import structure_of
from tests.dialects.airsequel.graphql.support import GraphClient
from tests.support import Tenant, make_database

ADDRESS = {
    "type": "object",
    "properties": {
        "street name": {"type": "string"},
        "position": {"type": "array", "items": {"type": "number"}},
        "owners": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
        "rest": {},
    },
}


def test_types_have_names_of_their_own() -> None:
    types = NestedTypes()
    first, second = (types.output("t_a", structure_of(ADDRESS)) for _ in range(2))
    assert isinstance(first, GraphQLObjectType)
    fields = ["streetXX0name: String", "position: [Float]", "owners: [t_a_owners_object]", "rest: String"]
    assert print_type(first).splitlines()[1:-1] == [f"  {field}" for field in fields]
    assert str(second) == "t_a_object_"


@pytest.mark.parametrize("value", [5, "text", [1], {"owners": 5}, {"position": ["a"]}])
def test_values_of_another_structure_are_errors(value: Any) -> None:
    structure = structure_of(ADDRESS)
    with pytest.raises(GraphQLError):
        read = nested_reader("address", structure)(value)
        for name, inner in structure.members:
            nested_reader(name, inner)(read.get(name))


@pytest.fixture(scope="module")
def houses(anna: Tenant) -> GraphClient:
    fields = [
        {"name": "address", "type": "object"},
        {"name": "tags", "type": "array"},
        {"name": "free", "type": "json"},
        {"name": "next", "type": "reference", "collection": "houses", "many": True},
    ]
    properties = {"address": ADDRESS, "tags": {"type": "array", "items": {"type": "string"}}}
    collection = {"name": "houses", "fields": fields, "json_schema": {"properties": properties}}
    database, _ = make_database(anna.client, anna.bearer, collections=[collection])
    tenant = replace(anna, database=database)
    address = {"street name": "A", "position": [1, 2.5], "owners": [{"name": "Ada"}], "rest": {"x": 1}}
    (one,) = tenant.insert("houses", [{"address": address, "tags": ["a", "b"], "free": [1]}])
    tenant.insert("houses", [{"next": [one], "address": {}}])
    return GraphClient(anna, database, "/v2")


def test_nested_values_are_read_by_their_types(houses: GraphClient) -> None:
    query = (
        "{ houses { address { street: streetXX0name position owners { name __typename } rest } tags free next } }"
    )
    first, second = houses.run(query)["houses"]
    assert first == {
        "address": {
            "street": "A",
            "position": [1, 2.5],
            "owners": [{"name": "Ada", "__typename": "houses_address_owners_object"}],
            "rest": '{"x":1}',
        },
        "tags": ["a", "b"],
        "free": "[1]",
        "next": None,
    }
    assert second["address"] == {"street": None, "position": None, "owners": None, "rest": None}
    assert [len(id) for id in second["next"]] == [24]
    flat = replace(houses, version="").run("{ houses(limit: 1) { address tags } }")["houses"]
    assert flat[0]["tags"] == '["a","b"]'
