"""Groups of documents, and figures of each: one pipeline, whose cells are then put under their keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bson import Decimal128, Int64, ObjectId, Regex, Timestamp
from bson.decimal128 import create_decimal128_context

import engine
from dialects.restdb.query.groups import Group, Measure
from dialects.restdb.query.links import Joins, Links, own_path
from dialects.restdb.query.moment_format import show

GRAND_TOTAL = "$aggregate-grand-total"
_DECIMALS = create_decimal128_context()
_INT64 = range(-(2**63), 2**63)
_RANKS: Mapping[type, int] = {
    **dict.fromkeys((int, Int64, float, Decimal128), 0),
    **{kind: rank for rank, kind in enumerate((str, dict, list, bytes, ObjectId, bool, datetime, Timestamp), 1)},
}
_TO_DATE = {"to": "date", "onError": None, "onNull": None}
Cell = tuple[list[str], Mapping[str, Any]]


@dataclass(frozen=True)
class GroupQuery:
    """What is asked of the documents that a query matches; `bounded` queries look only at their own page."""

    query: engine.Query
    groups: tuple[Group, ...]
    measures: tuple[Measure, ...]
    grand_total: bool = False
    bounded: bool = False

    def pipeline(self, schema: engine.Schema, joins: Joins | None) -> list[dict[str, Any]]:
        """One document for each group, its keys in `_id` and its parts of figures under names of ours.

        With `joins` the fields may lie behind links.
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
        for index, measure in enumerate(self.measures):
            path = (
                joins.path(measure.path, "aggregate", one=True)[0]
                if joins and measure.function != "COUNT"
                else measure.path
            )
            parts |= _parts(index, measure, path, document="$d" if joins else "$$ROOT")
        joined = joins.stages if joins else []
        return [*stages, *joined, {"$group": {"_id": keys or None, **parts}}, {"$sort": {"_id": 1}}]

    def run(self, handle: engine.Collection, *, links: Links, shown: Any) -> tuple[dict[str, Any], int]:
        """The answer, and how many documents it is about; `shown` shows a document."""
        schema = handle.spec.schema
        measured = [measure.path for measure in self.measures if measure.function != "COUNT"]
        paths = [*(group.path for group in self.groups), *measured]
        joins = Joins(links, schema) if links.leads(paths, schema) else None
        found = self._found(handle, joins)
        present = schema.present
        show_one, shown = shown, lambda document: show_one(present([document])[0])
        if not self.groups:
            return self._figures(found, shown), sum(item["n"] for item in found)
        cells = [
            (
                [
                    _named(_presented(item["_id"].get(f"k{at}"), group.path, schema, joins), group)
                    for at, group in enumerate(self.groups)
                ],
                item,
            )
            for item in found
        ]
        return self._level(cells, 0, shown), sum(item["n"] for item in found)

    def _found(self, handle: engine.Collection, joins: Joins | None) -> list[dict[str, Any]]:
        try:
            return handle.aggregate(self.pipeline(handle.spec.schema, joins))
        except engine.Invalid as problem:
            if not problem.errors:
                raise
            raise engine.invalid([_of_query(fault) for fault in problem.errors]) from problem

    def _level(self, cells: Sequence[Cell], depth: int, shown: Any) -> dict[str, Any]:
        if depth == len(self.groups):
            return self._figures([item for _, item in cells], shown)
        below: dict[str, list[Cell]] = {}
        for keys, item in cells:
            below.setdefault(keys[depth], []).append((keys, item))
        found: dict[str, Any] = {key: self._level(inner, depth + 1, shown) for key, inner in below.items()}
        if self.grand_total:
            found[GRAND_TOTAL] = self._figures([item for _, item in cells], shown)
        return found

    def _figures(self, cells: Sequence[Mapping[str, Any]], shown: Any) -> dict[str, Any]:
        return {measure.label: _figure(index, measure, cells, shown) for index, measure in enumerate(self.measures)}


def _of_query(fault: engine.FieldError) -> engine.FieldError:
    """A fault of the pipeline, by the parameter that it comes from."""
    place = "q" if fault.field == "pipeline" else fault.field.replace("pipeline.0.$match", "q", 1)
    place = "groupby" if "$group._id" in place else "aggregate" if ".$group" in place else place
    return engine.FieldError(place, fault.message)


def _presented(value: Any, path: str, schema: engine.Schema, joins: Joins | None) -> Any:
    """Return a value as its declared field shows it."""
    if joins is not None:
        _, schema, path = joins.path(path, "groupby")
    return schema.present([{path: value}])[0][path]


def _key(group: Group, path: str) -> Any:
    if not group.format:
        return f"${path}"
    moment = {"$convert": {"input": f"${path}", **_TO_DATE}}
    unit = {"unit": group.unit, "timezone": group.timezone, **_WEEKS.get(group.unit, {})}
    return {"$dateTrunc": {"date": moment, **unit}}


_WEEKS: Mapping[str, Mapping[str, str]] = {"week": {"startOfWeek": "monday"}}


def _parts(index: int, measure: Measure, path: str, *, document: str) -> dict[str, Any]:
    path = f"${path}"
    match measure.function:
        case "SUM":
            return {f"s{index}": {"$sum": path}}
        case "AVG":
            numbers = {"$cond": [{"$isNumber": path}, 1, 0]}
            return {f"s{index}": {"$sum": path}, f"c{index}": {"$sum": numbers}}
        case "MIN" | "MAX":
            there = {"$gt": [path, None]}
            whole = {"$cond": [there, {"v": path, "d": document}, "$$REMOVE"]}
            return {f"m{index}": {"$min" if measure.function == "MIN" else "$max": whole}}
    return {}


def _figure(index: int, measure: Measure, cells: Sequence[Mapping[str, Any]], shown: Any) -> Any:
    match measure.function:
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
    chosen = (min if measure.function == "MIN" else max)(extremes, key=lambda extreme: _sort_key(extreme["v"]))
    return shown(chosen["d"])


def _sum(values: Iterable[Any]) -> Any:
    """A sum as it is shown: decimals keep their digits, an integer beyond 64 bits is a double as in MongoDB."""
    total = _total(values)
    if isinstance(total, Decimal):
        return Decimal128(total)
    if isinstance(total, int) and total not in _INT64:
        total = float(total)
    return engine.without_infinities(total)


def _average(total: Any, count: int) -> Any:
    if isinstance(total, Decimal):
        return Decimal128(_DECIMALS.divide(total, Decimal(count)))
    return engine.without_infinities(float(total) / count)


def _total(values: Iterable[Any]) -> int | float | Decimal:
    """The sum of MongoDB's sums: a decimal as soon as one of them is."""
    total: int | float | Decimal = 0
    for value in values:
        number = _number(value)
        if isinstance(total, Decimal) or isinstance(number, Decimal):
            total = _DECIMALS.add(_as_decimal(total), _as_decimal(number))
        else:
            total += number
    return total


def _number(value: Any) -> int | float | Decimal:
    """A sum that MongoDB gave; infinities are texts by now."""
    if isinstance(value, Decimal128):
        return value.to_decimal()
    return float(value) if isinstance(value, str) else int(value) if isinstance(value, int) else value


def _as_decimal(number: int | float | Decimal) -> Decimal:
    """The shortest decimal form of a double."""
    return Decimal(repr(number)) if isinstance(number, float) else Decimal(number)


def _sort_key(value: Any) -> tuple[int, Any]:
    """MongoDB's order: by type, then by value; objects and their like by their JSON."""
    rank = _RANKS.get(type(value), len(_RANKS))
    if rank == 0:
        return rank, _number(value)
    return rank, engine.dumps(value) if isinstance(value, dict | list | Regex) else value


def _named(value: Any, group: Group) -> str:
    if group.format:
        moment = _moment(value)
        return show(_local(moment, group.timezone), group.format) if moment else "null"
    return key_of(value)


def _local(moment: datetime, timezone: str) -> datetime:
    """A naive moment of UTC in a time zone; in UTC where the calendar ends before the offset is added."""
    try:
        return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(timezone))
    except OverflowError:
        return moment.replace(tzinfo=UTC)


def key_of(value: Any) -> str:
    """A value as the name of its group."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ",".join(key_of(item) for item in value)
    found = engine.dumps(value).decode()
    return found[1:-1] if found.startswith('"') else found


def grouped(
    documents: Iterable[Mapping[str, Any]],
    groups: Sequence[Group],
    *,
    shown: Any,
    values: Mapping[str, Sequence[Any]],
) -> dict[str, Any]:
    """Documents under their keys, in as many levels as there are groups; `values` has known ones by id."""
    found: dict[str, Any] = {}
    for document in documents:
        at = found
        known = values.get(str(document.get("_id"))) or [_value(document, group) for group in groups]
        *outer, last = (_named(value, group) for value, group in zip(known, groups, strict=True))
        for key in outer:
            at = at.setdefault(key, {})
        at.setdefault(last, []).append(shown(document))
    return found


def _value(document: Any, group: Group) -> Any:
    found = document
    for name in group.path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _moment(value: Any) -> datetime | None:
    """A stored date, or ISO text, in UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, datetime):
        return value
    return datetime(value.year, value.month, value.day) if isinstance(value, date) else None
