"""Documents prepared by their entity type: values cast, ids of embedded documents, every error with its path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bson import ObjectId

import engine
from dialects.communibase.documents.casting import cast
from dialects.communibase.documents.constraints import constraint_error
from dialects.communibase.documents.references import parse_legacy
from dialects.communibase.entity_types.catalog import REFERENCE, EntityTypes
from dialects.communibase.entity_types.model import ID, MIXED, NO_ID, OBJECT, SCALARS, Attribute, EntityType
from engine.errors import Message, invalid

_EMPTY = (None, "")


def prepare(members: Mapping[str, Any], types: EntityTypes, entity_type: EntityType) -> dict[str, Any]:
    """Return the members as they are stored. Raises `Invalid` with every error.

    Regular expressions are checked by the rules of the collection, in linear time.
    """
    preparation = _Preparation(types)
    prepared = preparation.members(members, entity_type, "")
    if preparation.errors:
        raise invalid(preparation.errors)
    return prepared


@dataclass
class _Preparation:
    """Prepares one document and collects its errors."""

    types: EntityTypes
    errors: list[engine.FieldError] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)

    def members(self, members: Mapping[str, Any], entity_type: EntityType, prefix: str) -> dict[str, Any]:
        """Prepare the members of a document; `prefix` is the path of an embedded one, with a dot."""
        prepared: dict[str, Any] = {}
        for name, value in members.items():
            attribute = entity_type.by_title.get(name)
            prepared[name] = value if attribute is None else self._attribute(value, attribute, prefix + name)
        for attribute in entity_type.attributes:
            if prefix and attribute.title not in prepared and "defaultValue" in attribute.raw:
                default = attribute.raw["defaultValue"]
                prepared[attribute.title] = self._attribute(default, attribute, prefix + attribute.title)
            path = prefix + attribute.title
            if attribute.is_required and _is_missing(attribute, prepared) and path not in self.paths:
                self._error(path, Message.required())
        return prepared

    def _attribute(self, value: Any, attribute: Attribute, path: str) -> Any:
        if value is None or (value == "" and attribute.type != "string"):
            return None
        if not attribute.is_array:
            return self._constrained(self._value(value, attribute.type, path), attribute, path)
        if type(value) is not list:
            self._error(path, "Must be an array.")
            return value
        elements = [
            self._constrained(self._value(item, attribute.items, f"{path}.{index}"), attribute, f"{path}.{index}")
            for index, item in enumerate(value)
        ]
        if attribute.is_constrained and (text := constraint_error(elements, attribute)):
            self._error(path, text)
        return elements

    def _constrained(self, value: Any, attribute: Attribute, path: str) -> Any:
        if attribute.is_constrained and value not in _EMPTY and (text := constraint_error(value, attribute)):
            self._error(path, text)
        return value

    def _value(self, value: Any, kind: str, path: str) -> Any:
        if kind in SCALARS:
            try:
                return cast(value, kind)
            except ValueError as error:
                self._error(path, str(error))
                return None
        if kind == MIXED or value is None:
            return value
        return self._object(value, kind, path)

    def _object(self, value: Any, kind: str, path: str) -> Any:
        embedded = self.types.get(kind)
        if type(value) is str and kind == REFERENCE:
            try:
                value = parse_legacy(value)
            except ValueError as error:
                self._error(path, str(error))
                return value
        if type(value) is not dict:
            self._error(path, "Must be an object.")
            return value
        if kind == OBJECT or embedded is None:
            return value
        return self._with_id(self.members(value, embedded, f"{path}."), path)

    def _with_id(self, prepared: dict[str, Any], path: str) -> dict[str, Any]:
        """Give an embedded document its id, which it keeps from then on."""
        id = prepared.get("_id")
        if id in _EMPTY:
            return {"_id": ObjectId(), **{name: value for name, value in prepared.items() if name != "_id"}}
        if type(id) is not str or not ID.fullmatch(id):
            self._error(f"{path}._id", NO_ID)
            return prepared
        return {**prepared, "_id": ObjectId(id)}

    def _error(self, path: str, text: str) -> None:
        self.errors.append(engine.FieldError(path, text))
        self.paths.add(path)


def _is_missing(attribute: Attribute, prepared: Mapping[str, Any]) -> bool:
    """Return whether an attribute has no value. The engine sets the defaults of a whole document."""
    if attribute.title not in prepared:
        return attribute.raw.get("defaultValue") in _EMPTY
    return prepared[attribute.title] in _EMPTY
