"""The fields of a schema, by what a caller may do."""

from __future__ import annotations

import pytest
from graphql import GraphQLSchema, print_schema, validate_schema

import engine
from catalog.services.metadata.tables import ColumnDeclaration, TableDeclaration
from dialects.airsequel.graphql.schema.build import build_schema
from dialects.airsequel.graphql.tables import tables_of
from engine import Action

FIELDS = (engine.Field("name", required=True), engine.Field("age", "number"))


def schema_of(*names: str, actions: frozenset[Action] = frozenset(Action), key: str = "") -> GraphQLSchema:
    """Return the schema of tables with these names, the column `key` being their primary key."""
    fields = (*FIELDS, *([engine.Field(key)] if key else []))
    declared = TableDeclaration(columns={key: ColumnDeclaration("TEXT", is_primary_key=True)} if key else {})
    specs = {name: engine.CollectionSpec(name, name, engine.Schema(fields)) for name in names}
    return build_schema(tables_of(specs, dict.fromkeys(names, declared)), actions)


def fields_of(schema: GraphQLSchema) -> list[str]:
    mutation = schema.mutation_type
    return [*(schema.query_type.fields if schema.query_type else ()), *(mutation.fields if mutation else ())]


ACTIONS = [
    ([Action.READ], ["t", "t_by_pk"]),
    ([Action.INSERT], ["insert_t"]),
    ([Action.WRITE], ["update_t", "update_t_by_pk"]),
    ([Action.DELETE], ["delete_t", "delete_t_by_pk"]),
    ([], []),
]


@pytest.mark.parametrize(("actions", "fields"), ACTIONS)
def test_the_fields_that_permissions_allow(actions: list[Action], fields: list[str]) -> None:
    schema = schema_of("t", actions=frozenset(actions))
    assert fields_of(schema) == fields
    assert ("returning" in print_schema(schema)) is False


def test_the_schema_is_valid_and_as_published() -> None:
    schema = schema_of("t")
    assert validate_schema(schema) == []
    text = print_schema(schema)
    for line in (
        "rowid: Int!",
        "t_by_pk(rowid: Int!): t_row",
        "objects: [t_insert_input!]!",
        "on_conflict: [t_upsert_on_conflict!]",
        "constraint: [t_column!]!",
        "age: FloatComparison",
        "returning: [t_row!]!",
        "order_by: [t_order_by]",
    ):
        assert line in text


def test_names_that_are_taken_get_underscores() -> None:
    schema = schema_of("t", "t_by_pk")
    assert validate_schema(schema) == []
    assert fields_of(schema)[:4] == ["t", "t_by_pk_", "t_by_pk", "t_by_pk_by_pk"]


def test_a_key_with_the_name_of_an_argument() -> None:
    schema = schema_of("t", key="set")
    assert schema.mutation_type is not None
    assert [*schema.mutation_type.fields["update_t_by_pk"].args] == ["set", "_set", "set_"]
