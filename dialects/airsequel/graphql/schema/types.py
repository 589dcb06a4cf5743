"""The types of one table: rows, filters, orders, new rows, changes and responses."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
)

from dialects.airsequel.graphql.relations import Relation, Relations
from dialects.airsequel.graphql.resolvers.rows import column_resolver
from dialects.airsequel.graphql.resolvers.values import SCALARS
from dialects.airsequel.graphql.schema.nested import NestedTypes, nested_reader
from dialects.airsequel.graphql.tables import GraphColumn, Table

OPERATORS = ("eq", "neq", "gt", "gte", "lt", "lte", "like", "ilike")
LISTS = ("in", "nin")
_RENAMED = "Use the operator that begins with an underscore."
_CAPITALS = "Use the name in capitals."

ORDERING_TERM = GraphQLEnumType(
    "OrderingTerm",
    {
        "ASC": GraphQLEnumValue("ASC", description="Smallest values first; nulls before all others."),
        "asc": GraphQLEnumValue("ASC", deprecation_reason=_CAPITALS),
        "DESC": GraphQLEnumValue("DESC", description="Largest values first; nulls after all others."),
        "desc": GraphQLEnumValue("DESC", deprecation_reason=_CAPITALS),
    },
)


def comparison(name: str, scalar: str) -> GraphQLInputObjectType:
    """Return the input type with the operators that compare a column with values of a scalar type."""
    kind = SCALARS[scalar]
    fields = {f"_{operator}": GraphQLInputField(kind) for operator in OPERATORS}
    fields |= {f"_{operator}": GraphQLInputField(GraphQLList(kind)) for operator in LISTS}
    fields |= {
        name.removeprefix("_"): GraphQLInputField(field.type, deprecation_reason=_RENAMED)
        for name, field in fields.items()
    }
    return GraphQLInputObjectType(name, fields, description="The operators of a column; use one of them.")


class Comparisons:
    """The comparison types of one schema, by their names."""

    def __init__(self) -> None:
        self._types: dict[str, GraphQLInputObjectType] = {}

    def of(self, table: Table, column: GraphColumn) -> GraphQLInputObjectType:
        """Return the comparison type of a column; a column with a list of values has one of its own."""
        if not column.choices:
            return self._named(f"{column.type}Comparison", column.type)
        name = f"{table.identifier}_{column.identifier}Comparison"
        while name in self._types:
            name += "_"
        return self._named(name, column.type)

    def _named(self, name: str, scalar: str) -> GraphQLInputObjectType:
        if name not in self._types:
            self._types[name] = comparison(name, scalar)
        return self._types[name]


class Extension:
    """What the extended schema adds: relations to rows of other tables, whose types are in `by_table`, and types of
    nested values.
    """

    def __init__(self, relations: Relations) -> None:
        self.relations = relations
        self.by_table: dict[str, TableTypes] = {}
        self.nested = NestedTypes()

    def field(self, relation: Relation) -> GraphQLField:
        """Return the field of a relation."""
        row = self.by_table[relation.target.name].row
        member = relation.member
        kind = GraphQLNonNull(GraphQLList(GraphQLNonNull(row))) if relation.is_list else row
        return GraphQLField(kind, resolve=lambda document, _: document.get(member))


class TableTypes:
    """The types of a table. `can_read` tells whether responses of changes return rows."""

    def __init__(
        self, table: Table, comparisons: Comparisons, *, can_read: bool, extension: Extension | None = None
    ) -> None:
        self.table = table
        self._comparisons = comparisons
        self._can_read = can_read
        self._extension = extension

    @cached_property
    def row(self) -> GraphQLObjectType:
        return GraphQLObjectType(
            self._name("row"),
            self._row_fields,
            description=f"A row of the table {self.table.name!r}.",
            extensions={"table": self.table},
        )

    @cached_property
    def filter(self) -> GraphQLInputObjectType:
        fields = {
            column.identifier: GraphQLInputField(self._comparisons.of(self.table, column))
            for column in self.table.columns
        }
        text = "Conditions of columns, all of which a row must meet."
        if self._extension is None:
            return GraphQLInputObjectType(self._name("filter"), fields, description=text)
        return GraphQLInputObjectType(self._name("filter"), lambda: self._nesting() | fields, description=text)

    @cached_property
    def order_by(self) -> GraphQLInputObjectType:
        fields = {column.identifier: GraphQLInputField(ORDERING_TERM) for column in self.table.columns}
        return GraphQLInputObjectType(
            self._name("order_by"), fields, description="The columns to sort by, in order."
        )

    @cached_property
    def column(self) -> GraphQLEnumType:
        values = {column.identifier: GraphQLEnumValue(column.identifier) for column in self.table.columns}
        return GraphQLEnumType(self._name("column"), values, description="The columns of the table.")

    @cached_property
    def insert_input(self) -> GraphQLInputObjectType:
        fields = {
            column.identifier: GraphQLInputField(scalar_of(column, is_required=not column.is_omittable))
            for column in self._writable
        }
        return GraphQLInputObjectType(self._name("insert_input"), fields, description="A new row.")

    @cached_property
    def set_input(self) -> GraphQLInputObjectType:
        fields = {column.identifier: GraphQLInputField(scalar_of(column)) for column in self._writable}
        return GraphQLInputObjectType(self._name("set_input"), fields, description="New values of columns.")

    @cached_property
    def on_conflict(self) -> GraphQLInputObjectType:
        columns = GraphQLNonNull(GraphQLList(GraphQLNonNull(self.column)))
        fields = {
            "constraint": GraphQLInputField(columns, description="The unique columns of the conflict."),
            "update_columns": GraphQLInputField(columns, description="The columns to update then."),
            "where": GraphQLInputField(self.filter, description="Which conflicting rows to update."),
        }
        return GraphQLInputObjectType(self._name("upsert_on_conflict"), fields)

    @cached_property
    def response(self) -> GraphQLObjectType:
        rows = GraphQLNonNull(GraphQLList(GraphQLNonNull(self.row))) if self._can_read else None
        return self._response("mutation_response", rows)

    @cached_property
    def by_pk_response(self) -> GraphQLObjectType:
        return self._response("mutation_by_pk_response", self.row if self._can_read else None)

    @property
    def _writable(self) -> list[GraphColumn]:
        return [column for column in self.table.columns if column.is_writable]

    def _name(self, suffix: str) -> str:
        return f"{self.table.identifier}_{suffix}"

    def _nesting(self) -> dict[str, GraphQLInputField]:
        """Return the fields that combine filters; a column of the same name takes precedence."""
        several = GraphQLList(GraphQLNonNull(self.filter))
        return {
            "_and": GraphQLInputField(several, description="All of these must match."),
            "_or": GraphQLInputField(several, description="One of these must match."),
            "_not": GraphQLInputField(self.filter, description="This must not match."),
        }

    def _row_fields(self) -> dict[str, GraphQLField]:
        fields = {column.identifier: self._row_field(column) for column in self.table.columns}
        if self._extension is None:
            return fields
        relations = self._extension.relations.get(self.table.name, {}).values()
        return fields | {relation.name: self._extension.field(relation) for relation in relations}

    def _row_field(self, column: GraphColumn) -> GraphQLField:
        if self._extension is not None and not column.structure.is_text:
            return self._nested_field(column, self._extension.nested)
        return GraphQLField(
            scalar_of(column, is_required=column.is_required),
            resolve=column_resolver(column),
            description=column.description or None,
            extensions={"column": column},
        )

    def _nested_field(self, column: GraphColumn, types: NestedTypes) -> GraphQLField:
        read, path = nested_reader(column.name, column.structure), column.path
        kind = types.output(f"{self.table.identifier}_{column.identifier}", column.structure)
        return GraphQLField(
            kind, resolve=lambda document, _: read(document.get(path)), description=column.description or None
        )

    def _response(self, suffix: str, returning: GraphQLOutputType | None) -> GraphQLObjectType:
        fields = {"affected_rows": GraphQLField(GraphQLNonNull(GraphQLInt))}
        if returning is not None:
            fields["returning"] = GraphQLField(returning)
        return GraphQLObjectType(self._name(suffix), fields)


def scalar_of(column: GraphColumn, *, is_required: bool = False) -> Any:
    """Return the scalar type of a column's values, non-null where that is required."""
    kind = SCALARS[column.type]
    return GraphQLNonNull(kind) if is_required else kind


def key_arguments(table: Table) -> Mapping[str, GraphQLInputType]:
    """Return the types of the arguments that name a row by its primary key."""
    return {column.identifier: scalar_of(column, is_required=True) for column in table.key}


def free_name(name: str, taken: set[str]) -> str:
    """Return a name that is not taken, with underscores added until it is not."""
    while name in taken:
        name += "_"
    return name
