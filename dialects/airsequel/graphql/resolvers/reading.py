"""Queries: the rows of a table that match, and rows by their primary key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from graphql import GraphQLError, GraphQLResolveInfo
from graphql.execution.values import get_argument_values

import engine
from catalog.services.hidden_fields import ROWID
from dialects.airsequel.graphql.resolvers.filters import condition, filter_of, sort_of
from dialects.airsequel.graphql.resolvers.paging import read
from dialects.airsequel.graphql.resolvers.related import attach
from dialects.airsequel.graphql.resolvers.request import Document, GraphRequest
from dialects.airsequel.graphql.resolvers.selection import fields_of, projection, selected
from dialects.airsequel.graphql.tables import Table, ValueForm

_TWO_FILTERS = "Use `where` alone; `filter` is its former name."
_NO_LIMIT = "Goes with a limit."
_NEGATIVE = "Must not be negative."
_LEAST = -(2**63)
# What a field of a query reads, by the name `reads` in its extensions.
READS_LIST, READS_ROW = "list", "row"
# The name under which resolvers get the time to read rows of: no column can have it.
AS_OF = "-as-of"


def where_of(arguments: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the filter of a field: `where`, or `filter` as it was called formerly. Raises `Invalid` for both."""
    where, former = arguments.get("where"), arguments.get("filter")
    if where is not None and former is not None:
        raise engine.Invalid.of_field("where", _TWO_FILTERS)
    return former if where is None else where


@dataclass(frozen=True)
class ListRead:
    """A checked read of the rows of a table that match."""

    table: Table
    query: engine.Query
    limit: int | None
    as_of: datetime | None = None

    @classmethod
    def of(
        cls, table: Table, arguments: Mapping[str, Any], *, fields: Mapping[str, int], several: bool = False
    ) -> ListRead:
        """Return the read of some fields of documents for the arguments of a list. Raises `Invalid`.

        With `several` filters are those of the extended schema.
        """
        limit, offset = _page(arguments)
        filter = filter_of(table, where_of(arguments) or {}, several=several)
        sort = sort_of(table, arguments.get("order_by"))
        as_of = arguments.get(AS_OF)
        query = engine.Query(
            filter if as_of or (filter and limit is None) else _in_order(filter, sort),
            sort=sort,
            fields={**fields, **{path: 1 for path, _ in sort}},
            skip=offset,
            count=engine.Count.NONE,
            root="where",
        )
        return cls(table, query, limit, as_of)

    def with_fields(self, fields: Mapping[str, int]) -> ListRead:
        """Return this read with more fields of its documents."""
        return replace(self, query=replace(self.query, fields={**(self.query.fields or {}), **fields}))

    def rows(self, request: GraphRequest) -> list[dict[str, Any]]:
        """Return the documents of the rows. Raises `TooLarge` for too many."""
        if self.limit == 0:
            return []
        rows = read(request.collection(self.table), self.query, limit=self.limit, as_of=self.as_of)
        request.count_rows(len(rows))
        return rows


def list_rows(table: Table, info: GraphQLResolveInfo, arguments: Mapping[str, Any]) -> Sequence[Document]:
    """Return the rows of a table that match. Raises `Invalid`, and `TooLarge` for too many of them."""
    request: GraphRequest = info.context
    nodes = [*selected(info)]
    fields = projection(table, nodes, request.relations)
    rows = ListRead.of(table, arguments, fields=fields, several=request.is_extended).rows(request)
    attach(info, table, rows, nodes, as_of=arguments.get(AS_OF))
    return rows


def _in_order(filter: dict[str, Any], sort: Sequence[tuple[str, int]]) -> dict[str, Any]:
    """Return a filter with a condition that lets the index of rowids, which has numbers alone, sort the rows."""
    if sort[0][0] != ROWID:
        return filter
    has_number = {ROWID: {"$gte": _LEAST}}
    return {"$and": [filter, has_number]} if filter else has_number


def _page(arguments: Mapping[str, Any]) -> tuple[int | None, int]:
    limit, offset = arguments.get("limit"), arguments.get("offset")
    errors = [
        engine.FieldError(name, _NEGATIVE)
        for name, number in (("limit", limit), ("offset", offset))
        if number is not None and number < 0
    ]
    if offset is not None and limit is None:
        errors.append(engine.FieldError("offset", _NO_LIMIT))
    if limit is not None and limit > settings.GRAPHQL_MAX_ROWS:
        errors.append(
            engine.FieldError("limit", f"Must be at most {settings.GRAPHQL_MAX_ROWS} (GRAPHQL_MAX_ROWS).")
        )
    if errors:
        raise engine.Invalid("; ".join(f"{error.field}: {error.message}" for error in errors), errors=errors)
    return limit, offset or 0


def key_filter(table: Table, key: Mapping[str, Any]) -> dict[str, Any]:
    """Return the filter of the row that arguments name by its primary key."""
    return {"$and": [{column.path: condition(column, "eq", key[column.identifier])} for column in table.key]}


def row_by_key(table: Table, info: GraphQLResolveInfo, key: Mapping[str, Any]) -> Document | None:
    """Return the row with a primary key. Rows of one table that an operation names by key are read together."""
    request: GraphRequest = info.context
    if request.is_extended or not batches_by_key(table):
        return _alone(table, info, key)
    if table.name not in request.by_key:
        request.by_key[table.name] = _batch(table, info)
    return request.by_key[table.name].get(key[table.key[0].identifier])


def batches_by_key(table: Table) -> bool:
    """Return whether rows of a table that are named by their keys can be read together."""
    return len(table.key) == 1 and table.key[0].form is ValueForm.PLAIN


def _alone(table: Table, info: GraphQLResolveInfo, key: Mapping[str, Any]) -> Document | None:
    nodes = [*selected(info)]
    fields = projection(table, nodes, info.context.relations)
    query = engine.Query(key_filter(table, key), fields=fields, count=engine.Count.NONE, root="where")
    as_of = key.get(AS_OF)
    documents = read(info.context.collection(table), query, limit=1, as_of=as_of)
    attach(info, table, documents, nodes, as_of=as_of)
    return documents[0] if documents else None


def _batch(table: Table, info: GraphQLResolveInfo) -> dict[Any, Document]:
    """Return all rows of a table that the operation names by their key, by this key."""
    column = table.key[0]
    nodes = [node for node in fields_of(info, [info.operation.selection_set]) if node.name.value == info.field_name]
    keys, fields = set(), {column.path: 1}
    for node in nodes:
        try:
            arguments = get_argument_values(info.parent_type.fields[info.field_name], node, info.variable_values)
        except GraphQLError:  # reported where this field itself is resolved
            continue
        keys.add(arguments[column.identifier])
        fields |= projection(table, selected(info, [node]), {})
    query = engine.Query(
        {column.path: {"$in": [*keys]}}, fields=fields, limit=len(keys), count=engine.Count.NONE, root="where"
    )
    return {document[column.path]: document for document in info.context.collection(table).find(query).documents}
