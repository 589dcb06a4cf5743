"""The dialect's query language, said in the engine's: `$not` of values, `$bt`, `$date`, system fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import engine
from dialects.restdb.query.audit_filters import Actors, made_by
from dialects.restdb.query.dates import moment
from dialects.restdb.query.links import Links
from dialects.restdb.query.words import pattern
from dialects.restdb.system_fields import FIRST_VERSION, MAKERS, stored

_LOGICAL = ("$and", "$or", "$nor")
_LISTS = ("$in", "$nin", "$all")
_MOST_LEVELS = 64


@dataclass(frozen=True)
class _Member:
    """A condition on one member of the documents behind a link."""

    path: str
    value: Any


class Translator:
    """Translates one query, gathering faults; the engine then checks what comes out of it."""

    def __init__(
        self, schema: engine.Schema, *, now: datetime, actors: Actors, links: Links, root: str = "q"
    ) -> None:
        """`actors` answers the short ids that addresses of people stand for."""
        self._links = links
        self._schema = schema
        self._actors = actors
        self.faults: list[engine.FieldError] = []
        self._now = now
        self._root = root

    def filter(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Raises `Invalid` with every fault."""
        found = self._query(raw, self._root, level=0)
        if self.faults:
            raise engine.invalid(self.faults)
        return found

    def _query(self, raw: Any, place: str, *, level: int) -> dict[str, Any]:
        if type(raw) is not dict or level > _MOST_LEVELS:
            self._fault(place, "Must be a JSON object.")
            return {}
        found: dict[str, Any] = {}
        further: list[dict[str, Any]] = []
        for key, value in raw.items():
            here = f"{place}.{key}"
            if key in _LOGICAL:
                branches = value if type(value) is list else [value]
                found[key] = [
                    self._query(item, f"{here}.{index}", level=level + 1) for index, item in enumerate(branches)
                ]
            elif key == "$not":
                further.append({"$nor": [self._query(value, here, level=level + 1)]})
            elif key.startswith("$"):
                found[key] = value
            elif key in MAKERS:
                further.append(self._made_by(key, value, here, level=level))
            elif (beyond := self._beyond_link(key, value)) is not None:
                inner = f"{here}.$elemMatch" if type(value) is dict and "$elemMatch" in value else here
                further.append(self._through_link(*beyond, here if isinstance(beyond[1], _Member) else inner))
            else:
                self._field(found, key, value, here, level=level)
        return {**found, "$and": [*found.get("$and", []), *further]} if further else found

    def _field(self, found: dict[str, Any], name: str, value: Any, place: str, *, level: int) -> None:
        """A condition on one field, under the name that the engine has for it."""
        name, value = self._linked(name, value)
        condition = self._condition(value, place, level=level + 1)
        if name == "_version":
            condition = _shifted(condition)
        found[stored(name)] = condition

    def _made_by(self, name: str, value: Any, place: str, *, level: int) -> dict[str, Any]:
        condition = self._condition(value, place, level=level + 1)
        try:
            return made_by(stored(name), condition, actors=self._actors)
        except ValueError as problem:
            self._fault(place, str(problem))
            return {}

    def _beyond_link(self, name: str, value: Any) -> tuple[engine.Field, Any] | None:
        """Return the link that a condition leads through, with what it asks of the documents behind it."""
        step = self._links.split(name, self._schema)
        if step is not None:
            return step[0], _Member(step[1], value)
        link = self._schema.references.get(name)
        if link is None or type(value) is not dict:
            return None
        inner = value.get("$elemMatch") if value.keys() == {"$elemMatch"} else value
        members = type(inner) is dict and bool(inner) and not any(key.startswith("$") for key in inner)
        return (link, inner) if members and inner.keys() != {"_id"} else None

    def _through_link(self, link: engine.Field, wanted: Any, place: str) -> dict[str, Any]:
        """Return a condition on the ids that a link stores: those of the documents behind it that match."""
        if not isinstance(wanted, _Member):
            return {link.name: {"$in": self._ids_behind(link, wanted, place, root=place)}}
        root = place.removesuffix(f".{wanted.path}")
        operators = wanted.value if _is_expression(wanted.value) else {"$eq": wanted.value}
        affirmed = {name: operand for name, operand in operators.items() if not _is_negated(name, operand)}
        parts: list[dict[str, Any]] = []
        if affirmed:
            condition = wanted.value if operators is not wanted.value else affirmed
            ids = self._ids_behind(link, {wanted.path: condition}, place, root=root)
            found = {link.name: {"$in": ids}}
            parts.append({"$or": [found, {link.name: None}]} if _takes_null(affirmed) else found)
        for name, operand in operators.items():
            if name not in affirmed:
                opposite = _Member(wanted.path, _affirmed(name, operand))
                parts.append({"$nor": [self._through_link(link, opposite, place)]})
        return parts[0] if len(parts) == 1 else {"$and": parts}

    def _ids_behind(self, link: engine.Field, query: Mapping[str, Any], place: str, *, root: str) -> engine.Ids:
        target = self._links.open(link, place)
        translator = Translator(
            target.spec.schema, now=self._now, actors=self._actors, links=self._links, root=root
        )
        try:
            return self._links.ids(target, translator.filter(query), root)
        except engine.Invalid as problem:
            if not problem.errors:
                raise
            self.faults += problem.errors
            return engine.Ids()

    def _linked(self, name: str, value: Any) -> tuple[str, Any]:
        """A link is its id, however it is asked for."""
        field = name.removesuffix("._id")
        if field in self._schema.references:
            inner = type(value) is dict and value.keys() == {"_id"}
            return field, value["_id"] if inner else value
        return name, value

    def _condition(self, raw: Any, place: str, *, level: int) -> Any:
        if level > _MOST_LEVELS:
            self._fault(place, "Is nested too deeply.")
            return None
        if type(raw) is list:
            return [self._condition(item, f"{place}.{index}", level=level + 1) for index, item in enumerate(raw)]
        if type(raw) is not dict:
            return raw
        if raw.keys() == {"$date"}:
            return self._date(raw["$date"], f"{place}.$date")
        if not any(key.startswith("$") for key in raw):
            return {key: self._condition(value, f"{place}.{key}", level=level + 1) for key, value in raw.items()}
        return self._operators(raw, place, level=level)

    def _operators(self, raw: Mapping[str, Any], place: str, *, level: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, operand in raw.items():
            here = f"{place}.{name}"
            for key, value in self._operator(name, operand, here, level=level).items():
                if key in found:
                    self._fault(here, f"{key} is said twice for this field.")
                found[key] = value
        return found

    def _operator(self, name: str, operand: Any, place: str, *, level: int) -> dict[str, Any]:
        if name == "$elemMatch" and type(operand) is dict:
            if all(key.startswith("$") and key not in _LOGICAL for key in operand):
                return {name: self._operators(operand, place, level=level + 1)}
            return {name: self._query(operand, place, level=level + 1)}
        if name == "$bt":
            return self._between(operand, place, level=level)
        value = self._condition(operand, place, level=level + 1)
        if name != "$not":
            return {name: value}
        expression = type(value) is dict and bool(value) and all(key.startswith("$") for key in value)
        return {"$not": value} if expression else {"$ne": value}

    def _between(self, operand: Any, place: str, *, level: int) -> dict[str, Any]:
        if type(operand) is not list or len(operand) != 2:
            self._fault(place, "Must be [lowest, highest].")
            return {}
        lowest, highest = (self._condition(item, place, level=level + 1) for item in operand)
        return {"$gte": lowest, "$lte": highest}

    def _date(self, raw: Any, place: str) -> Any:
        try:
            return moment(raw, now=self._now)
        except ValueError as problem:
            self._fault(place, str(problem))
            return None

    def _fault(self, place: str, text: str) -> None:
        self.faults.append(engine.FieldError(place, text))


def _is_expression(value: Any) -> bool:
    """Whether a value is operators, and not a date or plain."""
    return (
        type(value) is dict and bool(value) and value.keys() != {"$date"} and all(key[:1] == "$" for key in value)
    )


def _is_negated(name: str, operand: Any) -> bool:
    return name in ("$ne", "$nin", "$not") or (name == "$exists" and not operand)


def _affirmed(name: str, operand: Any) -> Any:
    """Return the condition that a negated one is the opposite of."""
    if name == "$nin":
        return {"$in": operand}
    return {"$exists": True} if name == "$exists" else operand


def _takes_null(operators: Mapping[str, Any]) -> bool:
    """Whether the condition matches a field that is absent, as it is behind an empty link."""
    listed = operators.get("$in")
    return operators.get("$eq", 0) is None or (type(listed) is list and None in listed)


def _shifted(condition: Any) -> Any:
    """A condition on the version, which the engine counts from another number."""
    if type(condition) is dict:
        return {name: _shifted(value) for name, value in condition.items()}
    if type(condition) is list:
        return [_shifted(value) for value in condition]
    return condition + FIRST_VERSION if type(condition) is int else condition


def search(text: str) -> dict[str, Any]:
    """A filter for the documents in which every word of a text occurs, in whatever field of the top level."""
    conditions = [{"$expr": {"$gt": [{"$size": _holding(word)}, 0]}} for word in text.split()[:_MOST_WORDS]]
    return {"$and": conditions} if conditions else {}


_MOST_WORDS = 20


def _holding(word: str) -> dict[str, Any]:
    """The members of a document, but for the system's, whose text has the word."""
    members = {"$objectToArray": {"$unsetField": {"field": "_sys", "input": "$$ROOT"}}}
    text = {"$cond": [{"$isArray": ["$$item.v"]}, _joined("$$item.v"), _text("$$item.v")]}
    found = {"$regexMatch": {"input": text, "regex": pattern(word), "options": "i"}}
    return {"$filter": {"input": members, "as": "item", "cond": found}}


def _joined(items: str) -> dict[str, Any]:
    return {"$reduce": {"input": items, "initialValue": "", "in": {"$concat": ["$$value", "\n", _text("$$this")]}}}


def _text(value: str) -> dict[str, Any]:
    return {"$convert": {"input": value, "to": "string", "onError": "", "onNull": ""}}
