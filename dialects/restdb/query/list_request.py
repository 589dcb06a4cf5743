"""Parsing of a list's query parameters, and of its hints, which take precedence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.http import QueryDict

import engine
from dialects.restdb.query.filters import Translator, search
from dialects.restdb.query.links import Links, own_path
from dialects.restdb.system_fields import stored
from engine.errors import invalid
from identity.services import actors_of
from web.requests.body import json_text

_NOTHING = ("", "undefined", "null", "[]", "{}")
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

# Former names of hints.
_OLD_HINTS = {"max": "$max", "skip": "$skip", "sort": "$orderby"}


@dataclass(frozen=True)
class DisplayOptions:
    """Options of how documents are presented."""

    metafields: bool = False
    fetchchildren: bool = False
    fetchmediadata: bool = False
    referencedby: bool = False
    idtolink: bool = False
    flatten: bool = False


@dataclass(frozen=True)
class ListRequest:
    """A parsed list request. `bounded` tells whether the client sent a `max`."""

    query: engine.Query
    display: DisplayOptions = field(default_factory=DisplayOptions)
    totals: bool = False
    only_count: bool = False
    groupby: tuple[str, ...] = ()
    aggregate: tuple[str, ...] = ()
    timezone: str = ""
    grand_total: bool = False
    bounded: bool = False


class ListRequestParser:
    """Parses the parameters of one request and collects their errors."""

    def __init__(
        self, params: QueryDict, schema: engine.Schema, *, database: engine.Database, links: Links
    ) -> None:
        self._links = links
        self._params = params
        self._database = database
        self._schema = schema
        self._errors: list[engine.FieldError] = []
        self._flags = {name for name in params if params[name].strip().lower() in ("true", "1")}
        self._hints = {_OLD_HINTS.get(name, name): value for name, value in self._object("h").items()}

    def parse(self) -> ListRequest:
        """Parse the parameters of a list; raises `Invalid` with all errors."""
        hints = self._hints
        for name in sorted(hints.keys() - _HINTS):
            self._add_error(f"h.{name}", f"Unknown hint. The hints are {', '.join(sorted(_HINTS))}.")
        display = self._display()
        aggregate = self._specs("aggregate")
        limit, skip = self._integer("max", "$max"), self._integer("skip", "$skip")
        # 0 means no limit, as in MongoDB. A page has a cap; aggregations cover all matching documents.
        size = (limit or default_max()) if aggregate else min(limit or default_max(), settings.MAX_PAGE_SIZE)
        request = ListRequest(
            engine.Query(self._filter(), self._sort(), self._fields(display), skip, size, root="q"),
            display,
            totals="totals" in self._flags,
            only_count="count" in self._flags,
            groupby=self._specs("groupby"),
            aggregate=aggregate,
            timezone=self._timezone(),
            grand_total=hints.get("$aggregate-grand-total") is True or "aggregate-grand-total" in self._flags,
            bounded=limit > 0,
        )
        self.check()
        if request.totals:
            request = replace(request, query=replace(request.query, count=engine.Count.EXACT))
        return request

    def _display(self) -> DisplayOptions:
        metafields = self._hints.get("metafields")
        return DisplayOptions(
            metafields=metafields is True or metafields == "true" or "metafields" in self._flags,
            fetchchildren="fetchchildren" in self._flags,
            fetchmediadata="fetchmediadata" in self._flags,
            referencedby="referencedby" in self._flags,
            idtolink="idtolink" in self._flags,
            flatten="flatten" in self._flags,
        )

    def display_options(self) -> DisplayOptions:
        """Parse the parameters of a request for one document; raises `Invalid`."""
        display = self._display()
        self.check()
        return display

    def check(self) -> None:
        """Raise `Invalid` if there were errors."""
        if self._errors:
            raise invalid(self._errors)

    def filter(self) -> dict[str, Any] | None:
        """Return the filter of `q`; None if `q` is empty, `undefined`, `null` or `[]`. `{}` matches everything."""
        text = self._params.get("q", "").strip()
        query_filter = self._filter() if text == "{}" or text not in _NOTHING else None
        self.check()
        return query_filter

    def _filter(self) -> dict[str, Any]:
        translator = Translator(
            self._schema,
            now=datetime.now(UTC).replace(tzinfo=None),
            actors=partial(actors_of, self._database),
            links=self._links,
        )
        query_filter: dict[str, Any] = {}
        try:
            query_filter = translator.filter(self._object("q"))
        except engine.Invalid as error:
            self._errors += error.errors
        text_filter = search(self._params.get("filter", ""))
        return (
            {**query_filter, "$and": [*query_filter.get("$and", []), *text_filter["$and"]]}
            if text_filter
            else query_filter
        )

    def _sort(self) -> tuple[tuple[str, int], ...]:
        order = self._hints.get("$orderby")
        if order is not None:
            if type(order) is str and order:
                return ((self._path(order), 1),)
            if type(order) is dict and all(_direction(direction) for direction in order.values()):
                return tuple((self._path(path), _direction(direction)) for path, direction in order.items())
            self._add_error("h.$orderby", f"Must be an object that gives each field {_DIRECTIONS}.")
            return ()
        directions = self._params.getlist("dir")
        keys = []
        for index, path in enumerate(name for name in self._params.getlist("sort") if name):
            direction = directions[index] if index < len(directions) else "1"
            if not _direction(direction):
                self._add_error("dir", f"Must be {_DIRECTIONS}.")
            keys.append((self._path(path), _direction(direction) or 1))
        return tuple(keys)

    def _path(self, path: str) -> str:
        return stored(own_path(path, self._schema))

    def _fields(self, display: DisplayOptions) -> dict[str, int]:
        raw = self._hints.get("$fields")
        if raw is None:
            return {}
        if type(raw) is not dict or not all(value in (0, 1) for value in raw.values()):
            self._add_error("h.$fields", "Must be an object that gives each field 1, or each 0.")
            return {}
        fields = {stored(path): int(value) for path, value in raw.items()}
        is_inclusion = any(value for path, value in fields.items() if path != "_id")
        return fields | ({"_sys": 1} if is_inclusion and display.metafields else {})

    def _specs(self, name: str) -> tuple[str, ...]:
        raw = self._hints.get(f"${name}", [item for item in self._params.getlist(name) if item])
        specs = raw if type(raw) is list else [raw]
        if not all(type(item) is str and item for item in specs) or len(specs) > _MAX_SPECS:
            self._add_error(name, f"Must be an array of at most {_MAX_SPECS} texts.")
            return ()
        return tuple(specs)

    def _timezone(self) -> str:
        timezone = self._hints.get("$timezone", self._params.get("timezone", ""))
        if type(timezone) is not str:
            self._add_error("timezone", "Must be the name of a time zone, such as Europe/Berlin.")
            return ""
        return timezone

    def _integer(self, name: str, hint: str) -> int:
        raw = self._hints.get(hint, self._params.get(name, ""))
        text = str(raw).strip()
        if text in _NOTHING:
            return 0
        if type(raw) not in (int, str) or not text.isascii() or not text.isdigit() or len(text) > 9:
            self._add_error(name, "Must be a whole number that is not negative.")
            return 0
        return int(text)

    def _object(self, name: str) -> Mapping[str, Any]:
        """Parse a parameter as a JSON object. What clients send for no value is an empty object."""
        text = self._params.get(name, "").strip()
        if text in _NOTHING:
            return {}
        try:
            value = json_text(name, text)
        except engine.Invalid as error:
            self._errors += error.errors
            return {}
        if type(value) is not dict:
            self._add_error(name, "Must be a JSON object.")
            return {}
        return value

    def _add_error(self, location: str, text: str) -> None:
        self._errors.append(engine.FieldError(location, text))


_MAX_SPECS = 32
_DIRECTION_NAMES = {"1": 1, "1.0": 1, "asc": 1, "ascending": 1, "-1": -1, "-1.0": -1, "desc": -1, "descending": -1}
_DIRECTIONS = "1 or -1, or asc or desc"


def default_max() -> int:
    """Return the number of documents of a list whose client sent no `max`."""
    return min(1_000, settings.MAX_PAGE_SIZE)


def _direction(direction: Any) -> int:
    """Return 1 or -1 for a sort direction, 0 for anything else."""
    return _DIRECTION_NAMES.get(str(direction).lower(), 0) if type(direction) in (int, float, str) else 0


def names_system_fields(fields: Mapping[str, int]) -> bool:
    """Check whether a projection names system fields, which are then always presented."""
    return any(included and path.startswith("_sys.") for path, included in fields.items())
