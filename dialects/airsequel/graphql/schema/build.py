"""The schema of a database for callers with certain permissions, and its cache."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLSchema,
)

from dialects.airsequel.graphql.relations import Relations
from dialects.airsequel.graphql.resolvers import reading, writing
from dialects.airsequel.graphql.schema.aggregates import aggregate_fields
from dialects.airsequel.graphql.schema.scalars import DATE_TIME
from dialects.airsequel.graphql.schema.types import Comparisons, Extension, TableTypes, free_name, key_arguments
from dialects.airsequel.graphql.tables import Table
from engine import Action

Resolve = Callable[[Table, GraphQLResolveInfo, Mapping[str, Any]], Any]
_FORMER = "Use `{}`."


def build_schema(
    tables: Sequence[Table], actions: frozenset[Action], *, relations: Relations | None = None
) -> GraphQLSchema:
    """Return the schema of tables for a caller with some permissions: it has the fields that these allow.

    With `relations` it is the extended one.
    """
    types = _types(tables, can_read=Action.READ in actions, relations=relations)
    taken = {table.identifier for table in tables}
    queries: dict[str, GraphQLField] = {}
    mutations: dict[str, GraphQLField] = {}
    for item in types:
        if Action.READ in actions:
            queries |= _queries(item, taken, of_any_time=relations is not None)
            queries |= aggregate_fields(item, taken) if relations is not None else {}
        mutations |= _mutations(item, actions, taken)
    subscriptions = {} if relations is None else {name: _of_now(field) for name, field in queries.items()}
    return GraphQLSchema(
        GraphQLObjectType("Query", queries),
        GraphQLObjectType("Mutation", mutations) if mutations else None,
        GraphQLObjectType("Subscription", subscriptions) if subscriptions else None,
        assume_valid=True,
    )


def _types(tables: Sequence[Table], *, can_read: bool, relations: Relations | None) -> list[TableTypes]:
    comparisons = Comparisons()
    extension = None if relations is None else Extension(relations)
    types = [TableTypes(table, comparisons, can_read=can_read, extension=extension) for table in tables]
    if extension is not None:
        extension.by_table = {item.table.name: item for item in types}
    return types


def _queries(types: TableTypes, taken: set[str], *, of_any_time: bool) -> dict[str, GraphQLField]:
    table = types.table
    arguments = {
        **_where(types),
        "order_by": GraphQLArgument(GraphQLList(types.order_by), description="The columns to sort by."),
        "limit": GraphQLArgument(GraphQLInt, description="The number of rows to return at most."),
        "offset": GraphQLArgument(GraphQLInt, description="The number of rows to skip; goes with a limit."),
    }
    rows = GraphQLNonNull(GraphQLList(GraphQLNonNull(types.row)))
    text = table.description or f"Rows of the table {table.name!r}."
    key = _arguments(key_arguments(table))
    if of_any_time:
        arguments |= as_of_argument(arguments)
        key |= as_of_argument(key)
    several = _field(rows, table, reading.list_rows, arguments, text)
    several.extensions = {"reads": reading.READS_LIST, "table": table}
    text = "The row with a primary key."
    one = _field(types.row, table, reading.row_by_key, key, text)
    one.extensions = {"reads": reading.READS_ROW, "table": table}
    return {table.identifier: several, free_name(f"{table.identifier}_by_pk", taken): one}


def _mutations(types: TableTypes, actions: frozenset[Action], taken: set[str]) -> dict[str, GraphQLField]:
    table, name = types.table, types.table.identifier
    by_key = free_name(f"{name}_by_pk", taken)
    one, several = GraphQLNonNull(types.by_pk_response), GraphQLNonNull(types.response)
    fields: dict[str, GraphQLField] = {}
    if Action.INSERT in actions:
        text = "Inserts rows, all or none."
        inserted = _insert_arguments(types, can_upsert={Action.READ, Action.WRITE} <= actions)
        fields[f"insert_{name}"] = _field(several, table, writing.insert_rows, inserted, text)
    if Action.WRITE in actions:
        changes = _changes(types)
        text = "Updates the rows that match."
        fields[f"update_{name}"] = _field(several, table, writing.update_rows, _where(types) | changes, text)
        key = _arguments(key_arguments(table))
        text = "Updates the row with a primary key."
        fields[f"update_{by_key}"] = _field(one, table, writing.update_row, key | changes, text)
    if Action.DELETE in actions:
        text = "Deletes the rows that match."
        fields[f"delete_{name}"] = _field(several, table, writing.delete_rows, _where(types), text)
        key = _arguments(key_arguments(table))
        text = "Deletes the row with a primary key."
        fields[f"delete_{by_key}"] = _field(one, table, writing.delete_row, key, text)
    return fields


def _field(
    type: GraphQLOutputType, table: Table, resolve: Resolve, arguments: Mapping[str, GraphQLArgument], text: str
) -> GraphQLField:
    def resolver(_: Any, info: GraphQLResolveInfo, **values: Any) -> Any:
        return resolve(table, info, values)

    return GraphQLField(type, dict(arguments), resolve=resolver, description=text)


def _of_now(field: GraphQLField) -> GraphQLField:
    """Return the field of a subscription: that of a query, without a time in the past."""
    arguments = {name: item for name, item in field.args.items() if item.out_name != reading.AS_OF}
    text = field.description
    return GraphQLField(field.type, arguments, resolve=field.resolve, description=text, extensions=field.extensions)


def as_of_argument(arguments: Mapping[str, GraphQLArgument]) -> dict[str, GraphQLArgument]:
    """Return the argument with the time to read rows of; a column of the primary key may have its name."""
    text = "The time whose rows to return; the collection must keep history."
    name = free_name("as_of", {*arguments})
    return {name: GraphQLArgument(DATE_TIME, description=text, out_name=reading.AS_OF)}


def _where(types: TableTypes) -> dict[str, GraphQLArgument]:
    return {
        "where": GraphQLArgument(types.filter, description="Which rows."),
        "filter": GraphQLArgument(types.filter, deprecation_reason=_FORMER.format("where")),
    }


def _changes(types: TableTypes) -> dict[str, GraphQLArgument]:
    """Return the arguments with new values; a column of the primary key may have one of these names."""
    names = {column.identifier for column in types.table.key}
    current, former = free_name("_set", names), free_name("set", names)
    arguments = {
        current: GraphQLArgument(types.set_input, description="New values.", out_name=writing.SET),
        former: GraphQLArgument(
            types.set_input, deprecation_reason=_FORMER.format(current), out_name=writing.FORMER_SET
        ),
    }
    return arguments


def _insert_arguments(types: TableTypes, *, can_upsert: bool) -> dict[str, GraphQLArgument]:
    rows = GraphQLNonNull(GraphQLList(GraphQLNonNull(types.insert_input)))
    arguments = {"objects": GraphQLArgument(rows, description="The new rows.")}
    if can_upsert:
        rules = GraphQLList(GraphQLNonNull(types.on_conflict))
        text = "What to do where a unique column has the value already."
        arguments["on_conflict"] = GraphQLArgument(rules, description=text)
    return arguments


def _arguments(types: Mapping[str, GraphQLInputType]) -> dict[str, GraphQLArgument]:
    return {name: GraphQLArgument(kind) for name, kind in types.items()}
