"""Translation of the dialect's query language to the engine's: `$not` of values, `$bt`, `$date`, system fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import engine
from dialects.restdb.query.audit_filters import Actors, audit_filter
from dialects.restdb.query.dates import parse_date
from dialects.restdb.query.links import Links
from dialects.restdb.query.words import pattern
from dialects.restdb.system_fields import ACTOR_FIELDS, FIRST_VERSION, stored
from engine.errors import invalid
from engine.query import Ids

_LOGICAL = ("$and", "$or", "$nor")
_LISTS = ("$in", "$nin", "$all")
# The operators whose operands are values of the field, or conditions on it.
_COMPARISONS = frozenset({"$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$not", *_LISTS})
_MAX_LEVELS = 64


@dataclass(frozen=True)
class _Member:
    """A condition on one member of linked documents."""

    path: str
    value: Any


class Translator:
    """Translates one query and collects its errors. The engine checks the result."""

    def __init__(
        self, schema: engine.Schema, *, now: datetime, actors: Actors, links: Links, root: str = "q"
    ) -> None:
        """Initialize a translator. `actors` maps addresses of users to their short ids."""
        self._links = links
        self._schema = schema
        self._actors = actors
        self.errors: list[engine.FieldError] = []
        self._now = now
        self._root = root

    def filter(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Translate a query; raises `Invalid` with all errors."""
        translated = self._query(raw, self._root, level=0)
        if self.errors:
            raise invalid(self.errors)
        return translated

    def _query(self, raw: Any, location: str, *, level: int) -> dict[str, Any]:
        if type(raw) is not dict or level > _MAX_LEVELS:
            self._add_error(location, "Must be a JSON object.")
            return {}
        translated: dict[str, Any] = {}
        conditions: list[dict[str, Any]] = []
        for key, value in raw.items():
            inner_location = f"{location}.{key}"
            if key in _LOGICAL:
                branches = value if type(value) is list else [value]
                translated[key] = [
                    self._query(item, f"{inner_location}.{index}", level=level + 1)
                    for index, item in enumerate(branches)
                ]
            elif key == "$not":
                conditions.append({"$nor": [self._query(value, inner_location, level=level + 1)]})
            elif key.startswith("$"):
                translated[key] = value
            elif key in ACTOR_FIELDS:
                conditions.append(self._audit_filter(key, value, inner_location, level=level))
            elif (link_condition := self._split_link(key, value)) is not None:
                match_location = (
                    f"{inner_location}.$elemMatch"
                    if type(value) is dict and "$elemMatch" in value
                    else inner_location
                )
                conditions.append(
                    self._through_link(
                        *link_condition,
                        inner_location if isinstance(link_condition[1], _Member) else match_location,
                    )
                )
            else:
                self._field(translated, key, value, inner_location, level=level)
        return {**translated, "$and": [*translated.get("$and", []), *conditions]} if conditions else translated

    def _field(self, translated: dict[str, Any], name: str, value: Any, location: str, *, level: int) -> None:
        """Add the condition on one field, under its name in the engine."""
        name, value = self._linked(name, value)
        condition = self._condition(value, location, level=level + 1)
        if name == "_version":
            condition = _shifted(condition)
        translated[stored(name)] = condition

    def _audit_filter(self, name: str, value: Any, location: str, *, level: int) -> dict[str, Any]:
        condition = self._condition(value, location, level=level + 1)
        try:
            return audit_filter(stored(name), condition, actors=self._actors)
        except ValueError as error:
            self._add_error(location, str(error))
            return {}

    def _split_link(self, name: str, value: Any) -> tuple[engine.Field, Any] | None:
        """Return the link that a condition leads through and the condition on the linked documents."""
        step = self._links.split(name, self._schema)
        if step is not None:
            return step[0], _Member(step[1], value)
        link = self._schema.references.get(name)
        if link is None or type(value) is not dict:
            return None
        query = value.get("$elemMatch") if value.keys() == {"$elemMatch"} else value
        if type(query) is not dict or not query or query.keys() == {"_id"}:
            return None
        return None if any(key.startswith("$") for key in query) else (link, query)

    def _through_link(self, link: engine.Field, condition: Any, location: str) -> dict[str, Any]:
        """Return a condition on the ids that a link stores: those of the linked documents that match."""
        if not isinstance(condition, _Member):
            return {link.name: {"$in": self._ids_behind(link, condition, location, root=location)}}
        root = location.removesuffix(f".{condition.path}")
        operators = condition.value if _is_expression(condition.value) else {"$eq": condition.value}
        affirmed = {name: operand for name, operand in operators.items() if not _is_negated(name, operand)}
        parts: list[dict[str, Any]] = []
        if affirmed:
            member_condition = condition.value if operators is not condition.value else affirmed
            ids = self._ids_behind(link, {condition.path: member_condition}, location, root=root)
            matching = {link.name: {"$in": ids}}
            parts.append({"$or": [matching, {link.name: None}]} if _takes_null(affirmed) else matching)
        for name, operand in operators.items():
            if name not in affirmed:
                opposite = _Member(condition.path, _affirmed(name, operand))
                parts.append({"$nor": [self._through_link(link, opposite, location)]})
        return parts[0] if len(parts) == 1 else {"$and": parts}

    def _ids_behind(self, link: engine.Field, query: Mapping[str, Any], location: str, *, root: str) -> Ids:
        target = self._links.open(link, location)
        translator = Translator(
            target.spec.schema, now=self._now, actors=self._actors, links=self._links, root=root
        )
        try:
            return self._links.ids(target, translator.filter(query), root)
        except engine.Invalid as error:
            if not error.errors:
                raise
            self.errors += error.errors
            return Ids()

    def _linked(self, name: str, value: Any) -> tuple[str, Any]:
        """Return the name and value for a condition on a link's id, in any of its spellings."""
        field = name.removesuffix("._id")
        if field in self._schema.references:
            inner = type(value) is dict and value.keys() == {"_id"}
            return field, value["_id"] if inner else value
        return name, value

    def _condition(self, raw: Any, location: str, *, level: int) -> Any:
        if level > _MAX_LEVELS:
            self._add_error(location, "Is nested too deeply.")
            return None
        if type(raw) is list:
            return [self._condition(item, f"{location}.{index}", level=level + 1) for index, item in enumerate(raw)]
        if type(raw) is not dict:
            return raw
        if raw.keys() == {"$date"}:
            return self._date(raw["$date"], f"{location}.$date")
        if not any(key.startswith("$") for key in raw):
            return {key: self._condition(value, f"{location}.{key}", level=level + 1) for key, value in raw.items()}
        return self._operators(raw, location, level=level)

    def _operators(self, raw: Mapping[str, Any], location: str, *, level: int) -> dict[str, Any]:
        translated: dict[str, Any] = {}
        for name, operand in raw.items():
            inner_location = f"{location}.{name}"
            for key, value in self._operator(name, operand, inner_location, level=level).items():
                if key in translated:
                    self._add_error(inner_location, f"{key} occurs twice for this field.")
                translated[key] = value
        return translated

    def _operator(self, name: str, operand: Any, location: str, *, level: int) -> dict[str, Any]:
        if name == "$elemMatch" and type(operand) is dict:
            if all(key.startswith("$") and key not in _LOGICAL for key in operand):
                return {name: self._operators(operand, location, level=level + 1)}
            return {name: self._query(operand, location, level=level + 1)}
        if name == "$bt":
            return self._between(operand, location, level=level)
        value = self._condition(operand, location, level=level + 1)
        if name != "$not":
            return {name: value}
        expression = type(value) is dict and bool(value) and all(key.startswith("$") for key in value)
        return {"$not": value} if expression else {"$ne": value}

    def _between(self, operand: Any, location: str, *, level: int) -> dict[str, Any]:
        if type(operand) is not list or len(operand) != 2:
            self._add_error(location, "Must be [lowest, highest].")
            return {}
        lowest, highest = (self._condition(item, location, level=level + 1) for item in operand)
        return {"$gte": lowest, "$lte": highest}

    def _date(self, raw: Any, location: str) -> Any:
        try:
            return parse_date(raw, now=self._now)
        except ValueError as error:
            self._add_error(location, str(error))
            return None

    def _add_error(self, location: str, text: str) -> None:
        self.errors.append(engine.FieldError(location, text))


def _is_expression(value: Any) -> bool:
    """Check whether a value consists of operators, and is neither a date nor a plain value."""
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
    """Check whether the condition matches an absent field; an empty link counts as absent."""
    listed = operators.get("$in")
    return operators.get("$eq", 0) is None or (type(listed) is list and None in listed)


def _shifted(condition: Any) -> Any:
    """Convert a condition on the version to the engine's numbers, which begin at 1."""
    if type(condition) is dict:
        return {name: _shifted_operand(name, operand) for name, operand in condition.items()}
    if type(condition) is list:
        return [_shifted(value) for value in condition]
    return condition + FIRST_VERSION if type(condition) in (int, float) else condition


def _shifted_operand(operator: str, operand: Any) -> Any:
    if operator == "$mod":
        return _shifted_modulo(operand)
    return _shifted(operand) if operator in _COMPARISONS else operand


def _shifted_modulo(operand: Any) -> Any:
    """Shift the remainder, below the divisor; one that no version has, and an invalid operand, are unchanged."""
    if type(operand) is not list or [*map(type, operand)] != [int, int]:
        return operand
    divisor, remainder = operand
    is_possible = 0 <= remainder < abs(divisor)
    return [divisor, (remainder + FIRST_VERSION) % abs(divisor)] if is_possible else operand


def search(text: str) -> dict[str, Any]:
    """Return a filter for documents in which every word of a text occurs in some top-level field."""
    conditions = [
        {"$expr": {"$gt": [{"$size": _fields_containing(word)}, 0]}} for word in text.split()[:_MAX_WORDS]
    ]
    return {"$and": conditions} if conditions else {}


_MAX_WORDS = 20


def _fields_containing(word: str) -> dict[str, Any]:
    """Return an expression for the members of a document, except `_sys`, whose text contains the word."""
    members = {"$objectToArray": {"$unsetField": {"field": "_sys", "input": "$$ROOT"}}}
    text = {"$cond": [{"$isArray": ["$$item.v"]}, _joined("$$item.v"), _text("$$item.v")]}
    matches = {"$regexMatch": {"input": text, "regex": pattern(word), "options": "i"}}
    return {"$filter": {"input": members, "as": "item", "cond": matches}}


def _joined(items: str) -> dict[str, Any]:
    return {"$reduce": {"input": items, "initialValue": "", "in": {"$concat": ["$$value", "\n", _text("$$this")]}}}


def _text(value: str) -> dict[str, Any]:
    return {"$convert": {"input": value, "to": "string", "onError": "", "onNull": ""}}
