"""Aggregates of the extended schema: counts and figures of the rows that match, by group."""

from __future__ import annotations

from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
)

from dialects.airsequel.graphql.resolvers.aggregating import FIGURES, aggregate
from dialects.airsequel.graphql.resolvers.reading import AS_OF
from dialects.airsequel.graphql.resolvers.rows import column_resolver
from dialects.airsequel.graphql.resolvers.values import SCALARS
from dialects.airsequel.graphql.schema.scalars import DATE_TIME
from dialects.airsequel.graphql.schema.types import TableTypes, free_name
from dialects.airsequel.graphql.tables import GraphColumn, ValueForm


def aggregate_fields(types: TableTypes, taken: set[str]) -> dict[str, GraphQLField]:
    """Return the query field with the aggregates of a table."""
    table = types.table

    def resolver(_: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        return aggregate(table, info, arguments)

    arguments = {
        "where": GraphQLArgument(types.filter, description="Which rows."),
        "group_by": GraphQLArgument(
            GraphQLList(GraphQLNonNull(types.column)), description="The columns whose values make a group."
        ),
        "as_of": GraphQLArgument(DATE_TIME, description="The time whose rows to aggregate.", out_name=AS_OF),
    }
    kind = GraphQLNonNull(GraphQLList(GraphQLNonNull(_group(types))))
    text = "Aggregates of all rows that match, or of each group of them."
    name = free_name(f"{table.identifier}_aggregate", taken)
    extensions = {"table": table}
    return {name: GraphQLField(kind, arguments, resolve=resolver, description=text, extensions=extensions)}


def _group(types: TableTypes) -> GraphQLObjectType:
    columns = [column for column in types.table.columns if column.form in (ValueForm.PLAIN, ValueForm.DATE)]
    numbers = [column for column in columns if column.type in ("Int", "Float")]
    name = types.table.identifier
    fields = {
        "count": GraphQLField(GraphQLNonNull(GraphQLInt)),
        "group": GraphQLField(_values(f"{name}_group", columns), description="The values of `group_by`."),
    }
    for figure in FIGURES:
        sources = numbers if figure in ("sum", "avg") else columns
        if sources:
            fields[figure] = GraphQLField(_values(f"{name}_{figure}", sources, number=figure in ("sum", "avg")))
    return GraphQLObjectType(f"{name}_aggregate", fields)


def _values(name: str, columns: list[GraphColumn], *, number: bool = False) -> GraphQLObjectType:
    """Return the type of one value for each column; sums and averages are numbers with a fraction."""
    fields = {
        column.identifier: GraphQLField(
            SCALARS["Float" if number else column.type],
            resolve=_by_path(column.path) if number else column_resolver(column),
        )
        for column in columns
    }
    return GraphQLObjectType(name, fields)


def _by_path(path: str) -> Any:
    return lambda document, _: document.get(path)
