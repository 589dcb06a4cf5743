"""Aggregates: one pipeline for the groups of the rows that match."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from graphql import GraphQLResolveInfo

import engine
from dialects.airsequel.graphql.resolvers.filters import Filter, filter_of
from dialects.airsequel.graphql.resolvers.reading import AS_OF
from dialects.airsequel.graphql.resolvers.request import GraphRequest
from dialects.airsequel.graphql.resolvers.selection import selected
from dialects.airsequel.graphql.tables import GraphColumn, Table

FIGURES = ("sum", "avg", "min", "max")
Figures = list[tuple[str, GraphColumn]]


def aggregate(table: Table, info: GraphQLResolveInfo, arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return `{count, group, sum, avg, min, max}` of each group, or of all rows without `group_by`."""
    request: GraphRequest = info.context
    keys = [table.by_identifier[name] for name in arguments.get("group_by") or ()]
    figures = _selected_figures(table, info)
    computed = {
        f"{figure}_{index}": {f"${figure}": f"${column.path}"} for index, (figure, column) in enumerate(figures)
    }
    group = {"_id": {f"k{index}": f"${column.path}" for index, column in enumerate(keys)} or None}
    filter = filter_of(table, arguments.get("where") or {}, several=True)
    pipeline: list[dict[str, Any]] = [
        {"$group": {**group, "count": {"$sum": 1}, **computed}},
        {"$sort": {"_id": 1}},
        {"$limit": settings.MAX_PAGE_SIZE},
    ]
    groups = _groups(request.collection(table), filter, pipeline, as_of=arguments.get(AS_OF))
    request.count_rows(len(groups))
    if not groups and not keys:
        groups = [{"_id": None, "count": 0}]
    return [_result(item, keys, figures) for item in groups]


def _groups(
    collection: engine.Collection, filter: Filter, pipeline: list[dict[str, Any]], *, as_of: datetime | None
) -> list[dict[str, Any]]:
    if as_of is None:
        return collection.aggregate([{"$match": filter}, *pipeline])
    return collection.history.aggregate_as_of(engine.Query(filter, root="where"), pipeline, as_of)


def _selected_figures(table: Table, info: GraphQLResolveInfo) -> Figures:
    """Return the figures that the selection has, each with its column."""
    figures = {
        (node.name.value, inner.name.value): table.by_identifier[inner.name.value]
        for node in selected(info)
        if node.name.value in FIGURES
        for inner in selected(info, [node])
        if inner.name.value in table.by_identifier
    }
    return [(figure, column) for (figure, _), column in figures.items()]


def _result(
    item: Mapping[str, Any], keys: list[GraphColumn], figures: list[tuple[str, GraphColumn]]
) -> dict[str, Any]:
    result: dict[str, Any] = {"count": item["count"], **{figure: {} for figure in FIGURES}}
    values = item["_id"] or {}
    result["group"] = {column.path: values.get(f"k{index}") for index, column in enumerate(keys)}
    for index, (figure, column) in enumerate(figures):
        result[figure][column.path] = item.get(f"{figure}_{index}")
    return result
