"""Groups of documents and their aggregated values: one pipeline whose results are nested by their keys."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bson import Decimal128, Int64, ObjectId, Regex, Timestamp
from bson.decimal128 import create_decimal128_context

import engine
from dialects.restdb.query.groups import Group, Metric
from dialects.restdb.query.links import Joins, Links, own_path
from dialects.restdb.query.moment_format import format_datetime
from engine.encoding import dumps
from engine.errors import invalid
from engine.schema import without_infinities

GRAND_TOTAL = "$aggregate-grand-total"
_DECIMALS = create_decimal128_context()
_INT64 = range(-(2**63), 2**63)
_RANKS: Mapping[type, int] = {
    **dict.fromkeys((int, Int64, float, Decimal128), 0),
    **{kind: rank for rank, kind in enumerate((str, dict, list, bytes, ObjectId, bool, datetime, Timestamp), 1)},
}
_TO_DATE = {"to": "date", "onError": None, "onNull": None}
# MongoDB's dates reach further than the calendar of answers.
_FIRST, _LAST = {"$date": "0001-01-01T00:00:00Z"}, {"$date": "9999-12-31T23:59:59.999Z"}
Cell = tuple[list[str], Mapping[str, Any]]


@dataclass(frozen=True)
class GroupQuery:
    """Groups and metrics of the documents that match a query. With `bounded` only of the query's page."""

    query: engine.Query
    groups: tuple[Group, ...]
    metrics: tuple[Metric, ...]
    grand_total: bool = False
    bounded: bool = False

    def pipeline(self, schema: engine.Schema, joins: Joins | None) -> list[dict[str, Any]]:
        """Return the pipeline.

        It yields one document per group, with the keys in `_id` and partial results beside it. With `joins` the
        fields may lie behind links.
        """
        query = self.query
        stages: list[dict[str, Any]] = [{"$match": dict(query.filter)}] if query.filter else []
        if query.sort and (self.bounded or query.skip):
            stages.append({"$sort": dict(query.sort)})
        elif self.bounded or query.skip:
            stages.append({"$sort": {"_id": 1}})
        if query.skip:
            stages.append({"$skip": query.skip})
        if self.bounded:
            stages.append({"$limit": query.limit})
        keys = {
            f"k{index}": _key(
                group, joins.path(group.path, "groupby")[0] if joins else own_path(group.path, schema)
            )
            for index, group in enumerate(self.groups)
        }
        parts: dict[str, Any] = {"n": {"$sum": 1}}
        for index, metric in enumerate(self.metrics):
            path = (
                joins.path(metric.path, "aggregate", one=True)[0]
                if joins and metric.function != "COUNT"
                else metric.path
            )
            parts |= _parts(index, metric, path, document="$d" if joins else "$$ROOT")
        joined = joins.stages if joins else []
        return [*stages, *joined, {"$group": {"_id": keys or None, **parts}}, {"$sort": {"_id": 1}}]

    def run(self, handle: engine.Collection, *, links: Links, present: Any) -> tuple[dict[str, Any], int]:
        """Return the nested answer and the number of documents that it covers. `present` presents a document."""
        schema = handle.spec.schema
        measured = [metric.path for metric in self.metrics if metric.function != "COUNT"]
        paths = [*(group.path for group in self.groups), *measured]
        joins = Joins(links, schema) if links.leads(paths, schema) else None
        groups = self._aggregate(handle, joins)
        typed = schema.present
        present_one, present = present, lambda document: present_one(typed([document])[0])
        if not self.groups:
            return self._metrics(groups, present), sum(item["n"] for item in groups)
        cells = [
            (
                [
                    _named(_presented(item["_id"].get(f"k{index}"), group.path, schema, joins), group)
                    for index, group in enumerate(self.groups)
                ],
                item,
            )
            for item in groups
        ]
        return self._level(cells, 0, present), sum(item["n"] for item in groups)

    def _aggregate(self, handle: engine.Collection, joins: Joins | None) -> list[dict[str, Any]]:
        try:
            return handle.aggregate(self.pipeline(handle.spec.schema, joins))
        except engine.Invalid as error:
            if not error.errors:
                raise
            raise invalid([_of_query(issue) for issue in error.errors]) from error

    def _level(self, cells: Sequence[Cell], depth: int, present: Any) -> dict[str, Any]:
        if depth == len(self.groups):
            return self._metrics([item for _, item in cells], present)
        below: dict[str, list[Cell]] = {}
        for keys, item in cells:
            below.setdefault(keys[depth], []).append((keys, item))
        level: dict[str, Any] = {key: self._level(inner, depth + 1, present) for key, inner in below.items()}
        if self.grand_total:
            level[GRAND_TOTAL] = self._metrics([item for _, item in cells], present)
        return level

    def _metrics(self, cells: Sequence[Mapping[str, Any]], present: Any) -> dict[str, Any]:
        return {metric.label: _metric(index, metric, cells, present) for index, metric in enumerate(self.metrics)}


def _of_query(issue: engine.FieldError) -> engine.FieldError:
    """Return an error of the pipeline under the name of the parameter that it comes from."""
    name = "q" if issue.field == "pipeline" else issue.field.replace("pipeline.0.$match", "q", 1)
    name = "groupby" if "$group._id" in name else "aggregate" if ".$group" in name else name
    return engine.FieldError(name, issue.message)


def _presented(value: Any, path: str, schema: engine.Schema, joins: Joins | None) -> Any:
    """Return a value as its declared field presents it."""
    if joins is not None:
        _, schema, path = joins.path(path, "groupby")
    return schema.present_value(path, value)


def _key(group: Group, path: str) -> Any:
    if not group.format:
        return f"${path}"
    unit = {"unit": group.unit, "timezone": group.timezone}
    if group.unit == "week":
        unit["startOfWeek"] = "monday"
    # In a time zone a unit may begin before the calendar does.
    start = {"$max": [{"$dateTrunc": {"date": "$$at", **unit}}, _FIRST]}
    is_in_calendar = {"$and": [{"$gte": ["$$at", _FIRST]}, {"$lte": ["$$at", _LAST]}]}
    at = {"$convert": {"input": f"${path}", **_TO_DATE}}
    return {"$let": {"vars": {"at": at}, "in": {"$cond": [is_in_calendar, start, None]}}}


def _parts(index: int, metric: Metric, path: str, *, document: str) -> dict[str, Any]:
    path = f"${path}"
    match metric.function:
        case "SUM":
            return {f"s{index}": {"$sum": path}}
        case "AVG":
            numbers = {"$cond": [{"$isNumber": path}, 1, 0]}
            return {f"s{index}": {"$sum": path}, f"c{index}": {"$sum": numbers}}
        case "MIN" | "MAX":
            exists = {"$gt": [path, None]}
            extreme = {"$cond": [exists, {"v": path, "d": document, "n": {"$isNumber": path}}, "$$REMOVE"]}
            return {f"m{index}": {"$min" if metric.function == "MIN" else "$max": extreme}}
    return {}


def _metric(index: int, metric: Metric, cells: Sequence[Mapping[str, Any]], present: Any) -> Any:
    match metric.function:
        case "COUNT":
            return sum(cell["n"] for cell in cells)
        case "SUM":
            return _sum(cell[f"s{index}"] for cell in cells)
        case "AVG":
            count = sum(cell[f"c{index}"] for cell in cells)
            return _average(_total(cell[f"s{index}"] for cell in cells), count) if count else None
    extremes = [cell[f"m{index}"] for cell in cells if cell.get(f"m{index}") is not None]
    if not extremes:
        return None
    chosen = (min if metric.function == "MIN" else max)(extremes, key=_order)
    return present(chosen["d"])


def _sum(values: Iterable[Any]) -> Any:
    """Return a sum. Decimals keep their digits; an integer beyond 64 bits becomes a double, as in MongoDB."""
    total = _total(values)
    if isinstance(total, Decimal):
        return Decimal128(total)
    if isinstance(total, int) and total not in _INT64:
        total = float(total)
    return without_infinities(total)


def _average(total: Any, count: int) -> Any:
    if isinstance(total, Decimal):
        return Decimal128(_DECIMALS.divide(total, Decimal(count)))
    return without_infinities(float(total) / count)


def _total(values: Iterable[Any]) -> int | float | Decimal:
    """Add up MongoDB's sums. The result is a decimal as soon as one of them is."""
    total: int | float | Decimal = 0
    for value in values:
        number = _number(value)
        if isinstance(total, Decimal) or isinstance(number, Decimal):
            total = _DECIMALS.add(_as_decimal(total), _as_decimal(number))
        else:
            total += number
    return total


def _number(value: Any) -> int | float | Decimal:
    """Return a sum of MongoDB as a number. Infinities arrive as text."""
    if isinstance(value, Decimal128):
        return value.to_decimal()
    return float(value) if isinstance(value, str) else int(value) if isinstance(value, int) else value


def _as_decimal(number: int | float | Decimal) -> Decimal:
    """Return the shortest decimal form of a number."""
    return Decimal(repr(number)) if isinstance(number, float) else Decimal(number)


def _order(extreme: Mapping[str, Any]) -> tuple[int, Any]:
    """Return a key of MongoDB's order for the extreme of a cell. Infinities arrive as text, marked as numbers."""
    value = extreme["v"]
    return _sort_key(float(value) if extreme["n"] and isinstance(value, str) else value)


def _sort_key(value: Any) -> tuple[int, Any]:
    """Return a key of MongoDB's order: by type, then by value. Objects are compared by their JSON."""
    rank = _RANKS.get(type(value), len(_RANKS))
    if rank == 0:
        number = _number(value)
        return rank, (0, 0) if math.isnan(number) else (1, number)
    return rank, dumps(value) if isinstance(value, dict | list | Regex) else value


def _named(value: Any, group: Group) -> str:
    if group.format:
        timestamp = _as_datetime(value)
        return format_datetime(_local(timestamp, group.timezone), group.format) if timestamp else "null"
    return key_of(value)


def _local(timestamp: datetime, timezone: str) -> datetime:
    """Convert naive UTC to a time zone. Stays in UTC where the result would leave the calendar."""
    try:
        return timestamp.replace(tzinfo=UTC).astimezone(ZoneInfo(timezone))
    except OverflowError:
        return timestamp.replace(tzinfo=UTC)


def key_of(value: Any) -> str:
    """Return a value as the name of its group."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ",".join(key_of(item) for item in value)
    text = dumps(value).decode()
    return text[1:-1] if text.startswith('"') else text


def grouped(
    documents: Iterable[Mapping[str, Any]],
    groups: Sequence[Group],
    *,
    present: Any,
    values: Mapping[str, Sequence[Any]],
) -> dict[str, Any]:
    """Return the documents nested by their keys, one level per group. `values` has the keys of documents by id."""
    levels: dict[str, Any] = {}
    for document in documents:
        level = levels
        known = values.get(str(document.get("_id"))) or [_value(document, group) for group in groups]
        *outer, last = (_named(value, group) for value, group in zip(known, groups, strict=True))
        for key in outer:
            level = level.setdefault(key, {})
        level.setdefault(last, []).append(present(document))
    return levels


def _value(document: Any, group: Group) -> Any:
    value = document
    for name in group.path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _as_datetime(value: Any) -> datetime | None:
    """Return a stored date or ISO text as naive UTC; None for anything else, and outside the calendar."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
            return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        except (ValueError, OverflowError):
            return None
    if isinstance(value, datetime):
        return value
    return datetime(value.year, value.month, value.day) if isinstance(value, date) else None
