"""The types of aggregates: which figures the columns of a table have."""

from __future__ import annotations

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, get_named_type, validate_schema

import engine
from dialects.airsequel.graphql.relations import relations_of
from dialects.airsequel.graphql.schema.build import build_schema
from dialects.airsequel.graphql.tables import tables_of
from engine import Action

FIELDS = (
    engine.Field("name"),
    engine.Field("age", "number"),
    engine.Field("born", "date"),
    engine.Field("data", "json"),
    engine.Field("full name"),
)


def schema_of(*names: str, fields: tuple[engine.Field, ...] = FIELDS) -> GraphQLSchema:
    tables = tables_of({name: engine.CollectionSpec(name, name, engine.Schema(fields)) for name in names}, {})
    return build_schema(tables, frozenset({Action.READ}), relations=relations_of(tables))


def members(schema: GraphQLSchema, name: str) -> dict[str, str]:
    kind = schema.get_type(name)
    assert isinstance(kind, GraphQLObjectType), name
    return {member: get_named_type(field.type).name for member, field in kind.fields.items()}


def test_figures_of_columns() -> None:
    schema = schema_of("t")
    assert validate_schema(schema) == []
    assert set(members(schema, "t_aggregate")) == {"count", "group", "sum", "avg", "min", "max"}
    assert members(schema, "t_sum") == members(schema, "t_avg") == {"rowid": "Float", "age": "Float"}
    comparable = members(schema, "t_min")
    assert comparable == members(schema, "t_max") == members(schema, "t_group")
    assert {"name": "String", "age": "Float", "rowid": "Int"}.items() <= comparable.items()
    assert "data" not in comparable


def test_the_arguments() -> None:
    schema = schema_of("t")
    assert schema.query_type is not None
    field = schema.query_type.fields["t_aggregate"]
    assert str(field.type) == "[t_aggregate!]!"
    assert {name: str(item.type) for name, item in field.args.items()} == {
        "where": str(field.args["where"].type),
        "group_by": "[t_column!]",
        "as_of": "DateTime",
    }


@pytest.mark.parametrize("names", [("t", "t_aggregate"), ("t_aggregate", "t")])
def test_a_table_with_the_name_of_an_aggregate(names: tuple[str, str]) -> None:
    schema = schema_of(*names)
    assert schema.query_type is not None
    assert {"t", "t_aggregate", "t_aggregate_"} <= set(schema.query_type.fields)
    assert str(schema.query_type.fields["t_aggregate"].type) != str(schema.query_type.fields["t_aggregate_"].type)
