"""What a GET of a list asks for: parameters of the query, and the hints that go before them."""

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
from identity.services import actors_of
from web.parsing import json_text

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

# As they were once called.
_OLD_HINTS = {"max": "$max", "skip": "$skip", "sort": "$orderby"}


@dataclass(frozen=True)
class Shown:
    """How documents are shown."""

    metafields: bool = False
    fetchchildren: bool = False
    fetchmediadata: bool = False
    referencedby: bool = False
    idtolink: bool = False
    flatten: bool = False


@dataclass(frozen=True)
class Reading:
    """A list that is asked for. `bounded` says whether the caller named a `max`."""

    query: engine.Query
    shown: Shown = field(default_factory=Shown)
    totals: bool = False
    only_count: bool = False
    groupby: tuple[str, ...] = ()
    aggregate: tuple[str, ...] = ()
    timezone: str = ""
    grand_total: bool = False
    bounded: bool = False


class Reader:
    """Reads the parameters of one request, gathering faults."""

    def __init__(self, given: QueryDict, schema: engine.Schema, *, database: engine.Database, links: Links) -> None:
        self._links = links
        self._given = given
        self._database = database
        self._schema = schema
        self._faults: list[engine.FieldError] = []
        self._flags = {name for name in given if given[name].strip().lower() in ("true", "1")}
        self._hints = {_OLD_HINTS.get(name, name): value for name, value in self._object("h").items()}

    def reading(self) -> Reading:
        """Raises `Invalid` with every fault."""
        hints = self._hints
        for name in sorted(hints.keys() - _HINTS):
            self._fault(f"h.{name}", f"There is no such hint; there are {', '.join(sorted(_HINTS))}.")
        shown = self.shown()
        aggregate = self._specs("aggregate")
        limit, skip = self._whole("max", "$max"), self._whole("skip", "$skip")
        # 0 is no limit, as for MongoDB. A page has a cap; figures are of all documents that are asked for.
        size = (limit or default_max()) if aggregate else min(limit or default_max(), settings.MAX_PAGE_SIZE)
        found = Reading(
            engine.Query(self._filter(), self._sort(), self._fields(shown), skip, size, root="q"),
            shown,
            totals="totals" in self._flags,
            only_count="count" in self._flags,
            groupby=self._specs("groupby"),
            aggregate=aggregate,
            timezone=self._timezone(),
            grand_total=hints.get("$aggregate-grand-total") is True or "aggregate-grand-total" in self._flags,
            bounded=limit > 0,
        )
        self.check()
        if found.totals:
            found = replace(found, query=replace(found.query, count=engine.Count.EXACT))
        return found

    def shown(self) -> Shown:
        metafields = self._hints.get("metafields")
        return Shown(
            metafields=metafields is True or metafields == "true" or "metafields" in self._flags,
            fetchchildren="fetchchildren" in self._flags,
            fetchmediadata="fetchmediadata" in self._flags,
            referencedby="referencedby" in self._flags,
            idtolink="idtolink" in self._flags,
            flatten="flatten" in self._flags,
        )

    def shown_alone(self) -> Shown:
        """How one document is shown; raises `Invalid`."""
        shown = self.shown()
        self.check()
        return shown

    def check(self) -> None:
        if self._faults:
            raise engine.invalid(self._faults)

    def filter(self) -> dict[str, Any] | None:
        """What `q` says, or None where there is none; `undefined` and the like are none, `{}` is everything."""
        text = self._given.get("q", "").strip()
        found = self._filter() if text == "{}" or text not in _NOTHING else None
        self.check()
        return found

    def _filter(self) -> dict[str, Any]:
        translator = Translator(
            self._schema,
            now=datetime.now(UTC).replace(tzinfo=None),
            actors=partial(actors_of, self._database),
            links=self._links,
        )
        found: dict[str, Any] = {}
        try:
            found = translator.filter(self._object("q"))
        except engine.Invalid as problem:
            self._faults += problem.errors
        wanted = search(self._given.get("filter", ""))
        return {**found, "$and": [*found.get("$and", []), *wanted["$and"]]} if wanted else found

    def _sort(self) -> tuple[tuple[str, int], ...]:
        order = self._hints.get("$orderby")
        if order is not None:
            if type(order) is str and order:
                return ((self._path(order), 1),)
            if type(order) is dict and all(_direction(way) for way in order.values()):
                return tuple((self._path(path), _direction(way)) for path, way in order.items())
            self._fault("h.$orderby", f"Must be an object that gives each field {_DIRECTIONS}.")
            return ()
        ways = self._given.getlist("dir")
        found = []
        for index, path in enumerate(name for name in self._given.getlist("sort") if name):
            way = ways[index] if index < len(ways) else "1"
            if not _direction(way):
                self._fault("dir", f"Must be {_DIRECTIONS}.")
            found.append((self._path(path), _direction(way) or 1))
        return tuple(found)

    def _path(self, path: str) -> str:
        return stored(own_path(path, self._schema))

    def _fields(self, shown: Shown) -> dict[str, int]:
        raw = self._hints.get("$fields")
        if raw is None:
            return {}
        if type(raw) is not dict or not all(value in (0, 1) for value in raw.values()):
            self._fault("h.$fields", "Must be an object that gives each field 1, or each 0.")
            return {}
        found = {stored(path): int(value) for path, value in raw.items()}
        kept = any(value for path, value in found.items() if path != "_id")
        return found | ({"_sys": 1} if kept and shown.metafields else {})

    def _specs(self, name: str) -> tuple[str, ...]:
        raw = self._hints.get(f"${name}", [item for item in self._given.getlist(name) if item])
        found = raw if type(raw) is list else [raw]
        if not all(type(item) is str and item for item in found) or len(found) > _MOST_SPECS:
            self._fault(name, f"Must be an array of at most {_MOST_SPECS} texts.")
            return ()
        return tuple(found)

    def _timezone(self) -> str:
        found = self._hints.get("$timezone", self._given.get("timezone", ""))
        if type(found) is not str:
            self._fault("timezone", "Must be the name of a time zone, such as Europe/Berlin.")
            return ""
        return found

    def _whole(self, name: str, hint: str) -> int:
        raw = self._hints.get(hint, self._given.get(name, ""))
        text = str(raw).strip()
        if text in _NOTHING:
            return 0
        if type(raw) not in (int, str) or not text.isascii() or not text.isdigit() or len(text) > 9:
            self._fault(name, "Must be a whole number that is not negative.")
            return 0
        return int(text)

    def _object(self, name: str) -> Mapping[str, Any]:
        """JSON of a parameter; what clients send for nothing is nothing."""
        text = self._given.get(name, "").strip()
        if text in _NOTHING:
            return {}
        try:
            found = json_text(name, text)
        except engine.Invalid as problem:
            self._faults += problem.errors
            return {}
        if type(found) is not dict:
            self._fault(name, "Must be a JSON object.")
            return {}
        return found

    def _fault(self, place: str, text: str) -> None:
        self._faults.append(engine.FieldError(place, text))


_MOST_SPECS = 32
_WAYS = {"1": 1, "1.0": 1, "asc": 1, "ascending": 1, "-1": -1, "-1.0": -1, "desc": -1, "descending": -1}
_DIRECTIONS = "1 or -1, or asc or desc"


def default_max() -> int:
    return min(1_000, settings.MAX_PAGE_SIZE)


def _direction(way: Any) -> int:
    """Return 1 or -1 for a direction of sorting, 0 for anything else."""
    return _WAYS.get(str(way).lower(), 0) if type(way) in (int, float, str) else 0


def names_system_fields(fields: Mapping[str, int]) -> bool:
    """Whether a projection names fields of the system, which are then shown unasked."""
    return any(kept and path.startswith("_sys.") for path, kept in fields.items())
