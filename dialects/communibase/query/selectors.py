"""Selectors: the engine's filters, with plain text cast to ids and dates by the entity type's declaration.

Casting writes literals of extended JSON, which the engine checks. A text that is no id equals no id: it matches
nothing, so that one wrong id of a batch does not refuse the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bson import ObjectId
from django.conf import settings

import engine
from dialects.communibase.entity_types.catalog import EntityTypes
from dialects.communibase.entity_types.model import DATE, ID, NO_ID, OBJECT_ID, EntityType
from dialects.communibase.query.names import stored_path
from engine.errors import invalid
from engine.query import Ids
from engine.schema import TYPES

ROOT = "selector"
_LOGICAL = ("$and", "$or", "$nor")
_LISTS = ("$in", "$nin", "$all")
_COMPARISONS = ("$gt", "$gte", "$lt", "$lte")
_NO_SELECTOR = 'Must be an object, such as {"lastName": "Jansen"}.'


def cast_selector(raw: Any, types: EntityTypes, entity_type: EntityType) -> dict[str, Any]:
    """Return the filter of a selector; null is an empty one. Raises `Invalid` with every error of its values."""
    if raw is None:
        return {}
    if type(raw) is not dict:
        raise engine.Invalid.of_field(ROOT, _NO_SELECTOR)
    caster = _Caster(types, entity_type)
    cast = caster.query(raw, ROOT, "", depth=1)
    if caster.errors:
        raise invalid(caster.errors)
    return cast


@dataclass
class _Caster:
    """Casts one selector and collects its errors. The engine refuses what it does not know."""

    types: EntityTypes
    entity_type: EntityType
    errors: list[engine.FieldError] = field(default_factory=list)

    def query(self, raw: Mapping[str, Any], location: str, prefix: str, *, depth: int) -> dict[str, Any]:
        """Cast the conditions of a query; `prefix` is the path of the array whose elements it is about."""
        if depth > settings.MAX_DEPTH:
            text = f"The selector is deeper than {settings.MAX_DEPTH} levels (MAX_DEPTH)."
            raise engine.TooLarge.of_field(location, text)
        cast: dict[str, Any] = {}
        for name, value in raw.items():
            here = f"{location}.{name}"
            if name in _LOGICAL and type(value) is list:
                cast[name] = [
                    self.query(item, f"{here}.{index}", prefix, depth=depth + 1) if type(item) is dict else item
                    for index, item in enumerate(value)
                ]
            elif name.startswith("$"):
                cast[name] = value
            else:
                path = name if prefix else stored_path(self.entity_type, name)
                cast[path] = self._condition(value, here, f"{prefix}{name}", depth=depth)
        return cast

    def _condition(self, value: Any, location: str, path: str, *, depth: int) -> Any:
        kind = self._kind(path)
        if type(value) is dict and any(name.startswith("$") for name in value):
            return self._operators(value, location, path, kind, depth=depth)
        if kind == OBJECT_ID and type(value) is str and not ID.fullmatch(value):
            return {"$in": []}
        return self._value(value, location, kind)

    def _operators(
        self, operators: Mapping[str, Any], location: str, path: str, kind: str, *, depth: int
    ) -> dict[str, Any]:
        cast: dict[str, Any] = {}
        for name, operand in operators.items():
            here = f"{location}.{name}"
            if name == "$elemMatch" and type(operand) is dict:
                cast[name] = self._element(operand, here, path, depth=depth + 1)
            elif name == "$not" and type(operand) is dict:
                cast[name] = self._operators(operand, here, path, kind, depth=depth + 1)
            elif name in _LISTS and type(operand) is list:
                cast[name] = self._list(name, operand, here, kind)
            elif name in ("$eq", "$ne") and kind == OBJECT_ID and _is_no_id(operand):
                cast["$in" if name == "$eq" else "$nin"] = []
            else:
                is_compared = name in ("$eq", "$ne", *_COMPARISONS)
                cast[name] = self._value(operand, here, kind) if is_compared else operand
        return cast

    def _element(self, operand: Mapping[str, Any], location: str, path: str, *, depth: int) -> dict[str, Any]:
        if all(name.startswith("$") and name not in _LOGICAL for name in operand):
            return self._operators(operand, location, path, self._kind(path), depth=depth)
        return self.query(operand, location, f"{path}.", depth=depth)

    def _list(self, name: str, values: list[Any], location: str, kind: str) -> Any:
        if kind != OBJECT_ID:
            return [self._value(value, f"{location}.{index}", kind) for index, value in enumerate(values)]
        if len(values) > settings.MAX_BATCH_DOCUMENTS:
            text = f"At most {settings.MAX_BATCH_DOCUMENTS} ids at once (MAX_BATCH_DOCUMENTS)."
            raise engine.TooLarge.of_field(location, text)
        if name != "$all" and all(type(value) is str for value in values):
            return Ids(ObjectId(value) for value in values if ID.fullmatch(value))
        return [
            self._value(value, f"{location}.{index}", kind)
            for index, value in enumerate(values)
            if name == "$all" or not _is_no_id(value)
        ]

    def _value(self, value: Any, location: str, kind: str) -> Any:
        """Return a value as a literal of extended JSON where it stands for an id or a date."""
        if type(value) is list and kind in (OBJECT_ID, DATE):
            return [self._value(item, f"{location}.{index}", kind) for index, item in enumerate(value)]
        if kind == OBJECT_ID and type(value) is str:
            if not ID.fullmatch(value):
                self.errors.append(engine.FieldError(location, NO_ID))
            return {"$oid": value}
        if kind == DATE and type(value) is int:
            return {"$date": value}
        if kind == DATE and type(value) is str:
            return self._date(value, location)
        return value

    def _date(self, value: str, location: str) -> Any:
        try:
            TYPES["datetime"](value)
        except ValueError as error:
            self.errors.append(engine.FieldError(location, str(error)))
        return {"$date": value}

    def _kind(self, path: str) -> str:
        if stored_path(self.entity_type, path) == "_sys.updated":
            return DATE
        return self.types.type_at(self.entity_type, path)


def _is_no_id(value: Any) -> bool:
    return type(value) is str and not ID.fullmatch(value)
