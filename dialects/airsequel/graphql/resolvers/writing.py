"""Mutations: rows are inserted, updated and deleted, each field in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from graphql import GraphQLResolveInfo

import engine
from catalog.services.hidden_fields import ROWID
from dialects.airsequel.graphql.resolvers import upserts
from dialects.airsequel.graphql.resolvers.filters import filter_of
from dialects.airsequel.graphql.resolvers.paging import read
from dialects.airsequel.graphql.resolvers.reading import key_filter, where_of
from dialects.airsequel.graphql.resolvers.related import attach
from dialects.airsequel.graphql.resolvers.selection import is_selected, projection_of_returning, returned
from dialects.airsequel.graphql.resolvers.values import stored
from dialects.airsequel.graphql.tables import Table
from engine.query import Ids

Arguments = Mapping[str, Any]
# Names under which resolvers get the new values: no column can have them.
SET, FORMER_SET = "-set", "-former-set"
_NO_CONDITION = "Must have at least one condition."
_NO_WHERE = "Must be an object of conditions; {} deletes every row."
_NO_SET = "Must set at least one column."
_TWO_SETS = "Use `_set` alone; `set` is its former name."


def insert_rows(table: Table, info: GraphQLResolveInfo, arguments: Arguments) -> dict[str, Any]:
    """Insert rows, all or none; rows that conflict with others are updated where `on_conflict` says so."""
    documents = [_document(table, row) for row in arguments["objects"]]
    collection = info.context.collection(table)
    if not documents:
        return _response(0, [])
    conflicts = arguments.get("on_conflict")
    rows = upserts.upsert(collection, table, documents, conflicts) if conflicts else collection.create(documents)
    return _with_related(table, info, _response(len(documents), rows))


def update_rows(table: Table, info: GraphQLResolveInfo, arguments: Arguments) -> dict[str, Any]:
    """Update every row that matches, or none. The filter must not be empty."""
    where = where_of(arguments)
    if not where:
        raise engine.Invalid.of_field("where", _NO_CONDITION)
    return _update(table, info, filter_of(table, where, several=info.context.is_extended), arguments)


def update_row(table: Table, info: GraphQLResolveInfo, arguments: Arguments) -> dict[str, Any]:
    """Update the row with a primary key."""
    return _of_one(_update(table, info, key_filter(table, arguments), arguments))


def delete_rows(table: Table, info: GraphQLResolveInfo, arguments: Arguments) -> dict[str, Any]:
    """Delete every row that matches, or none. An empty filter matches every row; no filter is an error."""
    where = where_of(arguments)
    if where is None:
        raise engine.Invalid.of_field("where", _NO_WHERE)
    return _delete(table, info, filter_of(table, where, several=info.context.is_extended))


def delete_row(table: Table, info: GraphQLResolveInfo, arguments: Arguments) -> dict[str, Any]:
    """Delete the row with a primary key."""
    return _of_one(_delete(table, info, key_filter(table, arguments)))


def _update(table: Table, info: GraphQLResolveInfo, filter: dict[str, Any], arguments: Arguments) -> dict[str, Any]:
    change = engine.Change(_changes(table, arguments), root="_set")
    collection = info.context.collection(table)
    query = engine.Query(filter, count=engine.Count.NONE, root="where")
    if not is_selected(info, "returning"):
        return _response(collection.update(query, change), [])

    def work(bound: engine.Collection) -> dict[str, Any]:
        ids = _ids(bound, query)
        count = bound.update(_of_ids(ids), change) if ids else 0
        fields = projection_of_returning(table, info)
        rows = read(bound, replace(_of_ids(ids), fields=fields, sort=((ROWID, 1),)), limit=None) if ids else []
        return _response(count, rows)

    return _with_related(table, info, collection.in_transaction(work))


def _delete(table: Table, info: GraphQLResolveInfo, filter: dict[str, Any]) -> dict[str, Any]:
    collection = info.context.collection(table)
    query = engine.Query(filter, count=engine.Count.NONE, root="where")
    if not is_selected(info, "returning"):
        return _response(collection.delete(query), [])

    def work(bound: engine.Collection) -> dict[str, Any]:
        fields = projection_of_returning(table, info)
        rows = read(bound, replace(query, fields=fields, sort=((ROWID, 1),)), limit=None)
        count = bound.delete(_of_ids([row["_id"] for row in rows])) if rows else 0
        return _response(count, rows)

    return _with_related(table, info, collection.in_transaction(work))


def _with_related(table: Table, info: GraphQLResolveInfo, response: dict[str, Any]) -> dict[str, Any]:
    attach(info, table, response["returning"], returned(info))
    return response


def _ids(collection: engine.Collection, query: engine.Query) -> list[Any]:
    return [row["_id"] for row in read(collection, replace(query, fields={"_id": 1}), limit=None)]


def _of_ids(ids: Sequence[Any]) -> engine.Query:
    return engine.Query({"_id": {"$in": Ids(ids)}}, count=engine.Count.NONE, root="where")


def _document(table: Table, row: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the document of a new row. Without a rowid, or with null, the service numbers the row."""
    if row is None:
        raise engine.Invalid.of_field("objects", "Must be a list of rows, none of them null.")
    values = {table.by_identifier[name]: value for name, value in row.items()}
    return {
        column.path: stored(column, value)
        for column, value in values.items()
        if column.path != ROWID or value is not None
    }


def _changes(table: Table, arguments: Arguments) -> dict[str, Any]:
    values, former = arguments.get(SET), arguments.get(FORMER_SET)
    if values is not None and former is not None:
        raise engine.Invalid.of_field("_set", _TWO_SETS)
    changes = _document(table, (former if values is None else values) or {})
    if not changes:
        raise engine.Invalid.of_field("_set", _NO_SET)
    return changes


def _response(count: int, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"affected_rows": count, "returning": rows}


def _of_one(response: dict[str, Any]) -> dict[str, Any]:
    """Return the response with its row instead of a list."""
    return {**response, "returning": next(iter(response["returning"]), None)}
