"""The parameters of lists, and of requests for one document: hints take precedence over parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, ClassVar, Self, cast

from django.conf import settings
from pydantic import Field, PlainValidator, ValidationInfo, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema

import engine
from dialects.restdb.operations.types import (
    NOTHING,
    STRING,
    RestRequest,
    Specs,
    Switch,
    TimeZone,
    WholeNumber,
    json_object,
)
from dialects.restdb.query.filters import Translator, search
from dialects.restdb.query.links import Links, own_path
from dialects.restdb.system_fields import stored
from identity.services import actors_of
from web.operations import FieldErrors

_HINTS = {
    "$fields",
    "$max",
    "$skip",
    "$orderby",
    "$groupby",
    "$aggregate",
    "$aggregate-grand-total",
    "metafields",
    "$timezone",
}
_UNKNOWN_HINT = f"Unknown hint. The hints are {', '.join(sorted(_HINTS))}."
_HINTS_TEXT = 'Hints as JSON, such as {"$max": 10, "$orderby": {"_id": -1}}.'
# Former names of hints.
_OLD_HINTS = {"max": "$max", "skip": "$skip", "sort": "$orderby"}
# The parameters that hints replace; `$orderby` and `$fields` have none of their own form.
_REPLACED = {
    "$max": "max",
    "$skip": "skip",
    "$groupby": "groupby",
    "$aggregate": "aggregate",
    "$timezone": "timezone",
}
_DIRECTION_NAMES = {"1": 1, "1.0": 1, "asc": 1, "ascending": 1, "-1": -1, "-1.0": -1, "desc": -1, "descending": -1}
_DIRECTIONS = "1 or -1, or asc or desc"
Order = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class NameScope:
    """What the names in a request refer to."""

    schema: engine.Schema
    database: engine.Database
    links: Links

    def path(self, path: str) -> str:
        return stored(own_path(path, self.schema))


def _scope(info: ValidationInfo) -> NameScope:
    return cast(NameScope, info.context)


def _hints(value: Any) -> dict[str, Any]:
    if isinstance(value, ValueError):
        raise value
    return value


def _list_hints(value: Any) -> dict[str, Any]:
    hints = _hints(value)
    unknown = sorted(hints.keys() - _HINTS)
    if unknown:
        raise FieldErrors(engine.FieldError(f"h.{name}", _UNKNOWN_HINT) for name in unknown)
    return hints


def _filter(text: str, info: ValidationInfo) -> dict[str, Any]:
    scope = _scope(info)
    raw = json_object("q", text)
    now = datetime.now(UTC).replace(tzinfo=None)
    translator = Translator(scope.schema, now=now, actors=partial(actors_of, scope.database), links=scope.links)
    try:
        return translator.filter(raw)
    except engine.Invalid as error:
        raise FieldErrors(error.errors) from error


def _with_words(query_filter: dict[str, Any], words: str) -> dict[str, Any]:
    """Return the filter with the condition that every word occurs in a document."""
    conditions = search(words)
    if not conditions:
        return query_filter
    return {**query_filter, "$and": [*query_filter.get("$and", []), *conditions["$and"]]}


def _selection(text: str, info: ValidationInfo) -> dict[str, Any] | None:
    return _filter(text, info) if text.strip() not in {*NOTHING} - {"{}"} else None


def _sort(paths: tuple[str, ...], info: ValidationInfo) -> Order:
    scope = _scope(info)
    names = [scope.path(path) for path in paths if path]
    sent = info.data.get("dir", ())[: len(names)]
    directions = [*map(_direction, sent), *[1] * (len(names) - len(sent))]
    if not all(directions):
        error = engine.FieldError("dir", f"Must be {_DIRECTIONS}.")
        raise FieldErrors([error] * directions.count(0))
    return tuple(zip(names, directions, strict=True))


def _direction(direction: Any) -> int:
    """Return 1 or -1 for a sort direction, 0 for anything else."""
    return _DIRECTION_NAMES.get(str(direction).lower(), 0) if type(direction) in (int, float, str) else 0


def _order(value: Any, info: ValidationInfo) -> Order:
    scope = _scope(info)
    if type(value) is str and value:
        return ((scope.path(value), 1),)
    if type(value) is dict and all(_direction(direction) for direction in value.values()):
        return tuple((scope.path(path), _direction(direction)) for path, direction in value.items())
    text = f"Must be an object that gives each field {_DIRECTIONS}."
    raise FieldErrors([engine.FieldError("h.$orderby", text)])


def _fields(value: Any) -> dict[str, int]:
    if type(value) is not dict or not all(included in (0, 1) for included in value.values()):
        text = "Must be an object that gives each field 1, or each 0."
        raise FieldErrors([engine.FieldError("h.$fields", text)])
    return {stored(path): int(included) for path, included in value.items()}


_TEXT = WithJsonSchema(STRING)
_MAX: dict[str, Any] = {"minimum": 1, "default": 1000}
_DIR = WithJsonSchema({"enum": [1, -1]})
_Hints = Annotated[dict[str, Any], PlainValidator(_hints), _TEXT]
_ListHints = Annotated[dict[str, Any], PlainValidator(_list_hints), _TEXT]
_Filter = Annotated[dict[str, Any], PlainValidator(_filter), _TEXT]
_Selection = Annotated[dict[str, Any] | None, PlainValidator(_selection), _TEXT]
_Sort = Annotated[Order, PlainValidator(_sort), _TEXT]
_Order = Annotated[Order, PlainValidator(_order)]
_Fields = Annotated[dict[str, int], PlainValidator(_fields)]


class HintedRequest(RestRequest):
    """Parameters with hints; a hint replaces the parameter of its meaning."""

    h: _Hints = Field(default={}, description=_HINTS_TEXT)

    @classmethod
    def parse(cls, values: Mapping[str, Any], *, context: Any = None) -> Self:
        """Parse parameters. Raises `Invalid` with every error."""
        if "h" in values:
            values = _with_hints({**values})
        return super().parse(values, context=context)


def _with_hints(values: dict[str, Any]) -> dict[str, Any]:
    """Replace parameters by hints. A text that is no JSON object is replaced by its error, for the field `h`."""
    try:
        hints = {_OLD_HINTS.get(name, name): value for name, value in json_object("h", values["h"]).items()}
    except ValueError as error:
        return {**values, "h": error}
    values["h"] = hints
    values |= {_REPLACED[name]: value for name, value in hints.items() if name in _REPLACED}
    if hints.get("$fields") is not None:
        values["$fields"] = hints["$fields"]
    if hints.get("$orderby") is not None:
        values["$orderby"] = hints["$orderby"]
        values.pop("sort", None)
    metafields = hints.get("metafields")
    if metafields is True or metafields == "true":
        values["metafields"] = True
    if hints.get("$aggregate-grand-total") is True:
        values["aggregate-grand-total"] = True
    return values


class DisplayOptions(HintedRequest):
    """Options of how documents are presented."""

    metafields: Switch = Field(default=False, description="The system fields as well.")
    fetchchildren: Switch = Field(
        default=False, description="The children of each document, under the name of their field."
    )
    fetchmediadata: Switch = Field(default=False, description="Records of the media archive in place of their ids.")
    idtolink: Switch = Field(default=False, description="Addresses in place of the ids of links.")
    flatten: Switch = Field(default=False, description="The members of linked documents at the top.")
    referencedby: Switch = Field(
        default=False, description="The documents that point at this one as well; not in lists."
    )


class Selection(HintedRequest):
    """The documents to delete: None where no query was sent. `{}` selects all."""

    q: _Selection = Field(default=None, description="With `*`: a query as JSON.")
    filter: str = Field(default="", description="With `q`: words that occur somewhere in the document as well.")

    def query_filter(self) -> dict[str, Any] | None:
        return None if self.q is None else _with_words(self.q, self.filter)


@dataclass(frozen=True)
class ListRequest:
    """A parsed list request. `bounded` tells whether the client sent a `max`."""

    query: engine.Query
    display: DisplayOptions
    totals: bool = False
    only_count: bool = False
    groupby: tuple[str, ...] = ()
    aggregate: tuple[str, ...] = ()
    timezone: str = ""
    grand_total: bool = False
    bounded: bool = False


class ListParameters(DisplayOptions):
    """The parameters of a list. Their order is the order of their errors."""

    repeatable: ClassVar[frozenset[str]] = frozenset({"sort", "dir", "groupby", "aggregate"})

    h: _ListHints = Field(default={}, description=_HINTS_TEXT)
    aggregate: Specs = Field(
        default=(), description="`SUM:field`, `AVG:`, `MIN:`, `MAX:` or `COUNT:name`; may be repeated."
    )
    max: WholeNumber = Field(default=0, description="Documents at most.", json_schema_extra=_MAX)
    skip: WholeNumber = Field(default=0, description="Documents to leave out before.")
    q: _Filter = Field(default={}, description='A query as JSON, such as {"name": {"$not": "Joe"}}.')
    filter: str = Field(default="", description="Words that occur somewhere in the document.")
    dir: Annotated[tuple[str, ...], _DIR] = Field(
        default=(), description="1 ascending, -1 descending; one for each `sort`.", json_schema_extra={"default": 1}
    )
    sort: _Sort = Field(default=(), description="A field to sort by; may be repeated.")
    order: SkipJsonSchema[_Order] = Field(default=(), alias="$orderby")
    fields: SkipJsonSchema[_Fields] = Field(default={}, alias="$fields")
    groupby: Specs = Field(
        default=(), description="A field, or `$YEAR:field` and its like, to group by; may be repeated."
    )
    timezone: TimeZone = Field(
        default="",
        description="The IANA name of the time zone of groups of dates, such as Europe/Berlin; UTC without it.",
    )
    totals: Switch = Field(default=False, description="Answers `{data, totals: {total, count, skip, max}}`.")
    count: Switch = Field(default=False, description="With `totals`: the count alone.")
    grand_total: Switch = Field(
        default=False, alias="aggregate-grand-total", description="With `aggregate`: a value for all groups."
    )

    def list_request(self) -> ListRequest:
        return ListRequest(
            self._query(),
            self,
            totals=self.totals,
            only_count=self.count,
            groupby=self.groupby,
            aggregate=self.aggregate,
            timezone=self.timezone,
            grand_total=self.grand_total,
            bounded=self.max > 0,
        )

    def _query(self) -> engine.Query:
        # 0 means no limit, as in MongoDB. A page has a cap; aggregations cover all matching documents.
        limit = self.max or default_max()
        size = limit if self.aggregate else min(limit, settings.MAX_PAGE_SIZE)
        order = self.order or self.sort
        query = engine.Query(_with_words(self.q, self.filter), order, self._projection(), self.skip, size, root="q")
        return replace(query, count=engine.Count.EXACT) if self.totals else query

    def _projection(self) -> dict[str, int]:
        is_inclusion = any(included for path, included in self.fields.items() if path != "_id")
        return self.fields | {"_sys": 1} if is_inclusion and self.metafields else self.fields


def default_max() -> int:
    """Return the number of documents of a list whose client sent no `max`."""
    return min(1_000, settings.MAX_PAGE_SIZE)


def names_system_fields(fields: Mapping[str, int]) -> bool:
    """Check whether a projection names system fields, which are then always presented."""
    return any(included and path.startswith("_sys.") for path, included in fields.items())
