"""Reads the rows of a chart: by a query, an aggregation or SQL, at most CHART_MAX_POINTS values of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

import engine
from catalog.services.hidden_fields import ROWID
from catalog.services.metadata.tables import TableDeclaration, table_declarations
from features.charts.definition import Drawing
from features.charts.kinds import ChartKind

# Runs a SELECT for the caller, and returns its rows and the texts of its errors.
RunSelect = Callable[[str], tuple[Sequence[Mapping[str, Any]], Sequence[str]]]
_COUNT = "count"
_NO_COLUMNS = "Name the column of the x axis, then those of the values."
_ONE_MORE = "Name a column of values besides that of the x axis, or an aggregate."
_NO_SQL = "A chart of SQL cannot be drawn here."


@dataclass(frozen=True)
class ChartRows:
    """Rows with a cell for each name; the first one is the x axis. `is_cut` where there are more rows."""

    names: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    is_cut: bool = False


def read_rows(database: engine.Database, drawing: Drawing, *, run_select: RunSelect | None = None) -> ChartRows:
    """Read the rows of a chart as the caller may. Raises `Invalid` with what is wrong with the chart."""
    if drawing.sql:
        return _of_sql(drawing, run_select)
    if drawing.pipeline is not None:
        documents = _aggregate(database, drawing, drawing.pipeline, names=drawing.columns)
        names = drawing.columns or tuple(documents[0] if documents else ())
        return _rows(documents, dict(zip(names, names, strict=True)), drawing)
    if not drawing.columns:
        raise engine.Invalid.of_field("headers", _NO_COLUMNS)
    if drawing.aggregate or (len(drawing.columns) == 1 and drawing.kind is not ChartKind.MAP):
        return _grouped(database, drawing)
    return _selected(database, drawing)


def _of_sql(drawing: Drawing, run_select: RunSelect | None) -> ChartRows:
    if run_select is None:
        raise engine.Invalid.of_field("sql", _NO_SQL)
    rows, errors = run_select(drawing.sql)
    if errors:
        raise engine.Invalid.of_field("sql", " ".join(errors))
    names = drawing.columns or tuple(rows[0] if rows else ())
    return _rows(rows, {name: name for name in names}, drawing)


def _selected(database: engine.Database, drawing: Drawing) -> ChartRows:
    """Return the first rows that match, with the columns as they are stored."""
    paths = _paths(database, drawing)
    fields = dict.fromkeys(paths.values(), 1)
    query = engine.Query(
        filter=drawing.filter, fields=fields, root="filter", limit=_limit(paths) + 1, count=engine.Count.NONE
    )
    documents = database.collection(drawing.table).with_hidden_fields().find(query).documents
    return _rows(documents, paths, drawing)


def _grouped(database: engine.Database, drawing: Drawing) -> ChartRows:
    """Return a row for each value of the first column, with the aggregates of the others, or with their number."""
    paths = _paths(database, drawing)
    first, *others = paths
    aggregate = drawing.aggregate or _COUNT
    if aggregate == _COUNT:
        values: dict[str, Any] = {_COUNT: {"$sum": 1}}
    elif others:
        values = {name: {f"${aggregate}": f"${paths[name]}"} for name in others}
    else:
        raise engine.Invalid.of_field("headers", _ONE_MORE)
    members = {name: f"v{index}" for index, name in enumerate(values)}
    stages = [
        {"$match": drawing.filter},
        {"$group": {"_id": f"${paths[first]}", **{members[name]: value for name, value in values.items()}}},
        {"$sort": {"_id": 1}},
    ]
    paths = {first: "_id", **members}
    return _rows(_aggregate(database, drawing, stages, names=paths), paths, drawing)


def _aggregate(
    database: engine.Database, drawing: Drawing, stages: Sequence[Any], *, names: Iterable[str]
) -> list[dict[str, Any]]:
    limit = {"$limit": _limit([*names]) + 1}
    return database.collection(drawing.table).with_hidden_fields().aggregate([*stages, limit])


def _paths(database: engine.Database, drawing: Drawing) -> dict[str, str]:
    """Return the field that has the values of each column: that of the rowid for its alias."""
    declared = table_declarations(database.id).get(drawing.table, TableDeclaration()).columns
    aliases = {name for name, column in declared.items() if column.is_rowid_alias}
    return {name: ROWID if name in aliases else name for name in drawing.columns}


def _limit(names: Sequence[Any] | Mapping[str, Any]) -> int:
    """Return how many rows are drawn: CHART_MAX_POINTS values in all, and less than a page."""
    settable: int = min(settings.CHART_MAX_POINTS, settings.MAX_PAGE_SIZE - 1)
    return max(1, settable // max(1, len(names) - 1))


def _rows(documents: Sequence[Mapping[str, Any]], paths: Mapping[str, str], drawing: Drawing) -> ChartRows:
    """Return the cells of the documents, without rows that have no value where the chart hides them."""
    limit = _limit(paths)
    rows = [tuple(_cell(_value(document, path)) for path in paths.values()) for document in documents[:limit]]
    if drawing.hides_nulls:
        rows = [row for row in rows if row[0] is not None and any(cell is not None for cell in row[1:] or row)]
    return ChartRows(tuple(paths), rows, is_cut=len(documents) > limit)


def _value(document: Mapping[str, Any], path: str) -> Any:
    """Return the value at a path: a member of that name, or one of the objects that its parts name."""
    if path in document:
        return document[path]
    value: Any = document
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _cell(value: Any) -> Any:
    """Return a value as JSON has it: numbers that are finite, times in ISO 8601, ids as text."""
    if value is None or isinstance(value, (bool, str, int)):
        return value
    if hasattr(value, "to_decimal"):
        value = float(value.to_decimal())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == value.time().min else f"{value.isoformat()[:19]}Z"
    if isinstance(value, Mapping):
        return {str(name): _cell(item) for name, item in value.items()}
    return [*map(_cell, value)] if isinstance(value, (list, tuple)) else str(value)
