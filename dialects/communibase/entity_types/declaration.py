"""Declarations of entity types as clients send them, checked with every error."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings

import engine
from catalog.limits import limits
from catalog.naming import name_error
from dialects.communibase.entity_types.catalog import EntityTypes
from dialects.communibase.entity_types.model import (
    ARRAY,
    ID,
    NO_ID,
    TYPES,
    UPDATED_AT,
    UPDATED_BY,
    Attribute,
    EntityType,
)
from dialects.communibase.entity_types.rules import pattern_of
from engine.errors import invalid
from engine.schema import TYPES as FIELD_TYPES
from engine.schema import parse_rules

ENTITY_TYPE = "EntityType"
_BY_SERVICE = ("_id", UPDATED_AT, UPDATED_BY)
_TEXTS = ("description", "renderHint", "ref", "path", "items", "type")
_FLAGS = ("isRequired", "isCore")
_MAX_VALUES = 1_000
_REQUIRED = "This field is required."
Errors = list[engine.FieldError]


def parse_declaration(body: Any, types: EntityTypes) -> EntityType:
    """Return the entity type that a body declares. Raises `Invalid` with every error."""
    if type(body) is not dict:
        raise engine.Invalid("The body must be a JSON object, the whole entity type.")
    errors = [*_head_errors(body)]
    raw_attributes = body.get("attributes", [])
    attributes: list[dict[str, Any]] = []
    if type(raw_attributes) is not list or len(raw_attributes) > settings.MAX_COLLECTION_FIELDS:
        text = f"Must be an array of at most {settings.MAX_COLLECTION_FIELDS} attributes (MAX_COLLECTION_FIELDS)."
        errors.append(engine.FieldError("attributes", text))
    else:
        attributes = [item for item in raw_attributes if not _is_by_service(item)]
        errors += _AttributeErrors(types, str(body.get("title"))).all(raw_attributes)
    if errors:
        raise invalid(errors)
    return _entity_type(body, attributes)


def _entity_type(body: dict[str, Any], attributes: list[dict[str, Any]]) -> EntityType:
    raw = {name: value for name, value in body.items() if name not in (UPDATED_AT, UPDATED_BY)}
    raw |= {"isResource": body.get("isResource", True), "attributes": attributes}
    id = str(body.get("_id") or "")
    return EntityType(id, body["title"], tuple(map(Attribute.of, attributes)), raw["isResource"], raw)


def _is_by_service(item: Any) -> bool:
    return type(item) is dict and item.get("title") in _BY_SERVICE


def _head_errors(body: dict[str, Any]) -> Iterator[engine.FieldError]:
    title = body.get("title")
    if title in (None, ""):
        yield engine.FieldError("title", _REQUIRED)
    elif text := name_error(title, reserved=(ENTITY_TYPE.lower(), *map(str.lower, TYPES))):
        yield engine.FieldError("title", text)
    id = body.get("_id") or ""
    if type(id) is not str or (id and not ID.fullmatch(id)):
        yield engine.FieldError("_id", NO_ID)
    if _has_nul(body):
        yield engine.FieldError("", "Must not contain NUL.")
    for name in ("isResource", "isCore"):
        if type(body.get(name, True)) is not bool:
            yield engine.FieldError(name, "Must be true or false.")
    if type(body.get("description") or "") is not str:
        yield engine.FieldError("description", "Must be a string.")


@dataclass(frozen=True)
class _AttributeErrors:
    """Checks the attributes of the entity type `title`."""

    types: EntityTypes
    title: str

    def all(self, items: list[Any]) -> Errors:
        errors: Errors = []
        titles: set[str] = set()
        for index, item in enumerate(items):
            path = f"attributes.{index}"
            if type(item) is not dict:
                errors.append(engine.FieldError(path, "Must be an object with a title."))
                continue
            errors += self._of(item, path)
            title = item.get("title")
            if type(title) is str and title in titles:
                errors.append(engine.FieldError(f"{path}.title", f"{title!r} is named twice."))
            titles |= {title} if type(title) is str else set()
        return errors

    def _of(self, item: dict[str, Any], path: str) -> Iterator[engine.FieldError]:
        title = item.get("title")
        if type(title) is not str or not title:
            yield engine.FieldError(f"{path}.title", _REQUIRED)
        for name in _TEXTS:
            if type(item.get(name) or "") is not str:
                yield engine.FieldError(f"{path}.{name}", "Must be a string.")
        for name in _FLAGS:
            if type(item.get(name) or False) is not bool:
                yield engine.FieldError(f"{path}.{name}", "Must be true or false.")
        for name in ("minLength", "maxLength"):
            if not _is_length(item.get(name)):
                yield engine.FieldError(f"{path}.{name}", "Must be a whole number that is not negative.")
        for name in ("type", "items"):
            kind = item.get(name) or "string"
            if type(kind) is str and (text := self._type_error(kind)):
                yield engine.FieldError(f"{path}.{name}", text)
        if item.get("items") == ARRAY:
            yield engine.FieldError(f"{path}.items", "The elements of an array are no arrays; use Mixed.")
        yield from _allowable_errors(item.get("allowableValues"), f"{path}.allowableValues")

    def _type_error(self, kind: str) -> str:
        if kind in TYPES:
            return ""
        if kind == self.title or self.title in self._inside(kind, set()):
            return f"The entity type {self.title!r} cannot be embedded in itself."
        if self.types.get(kind) is None:
            return f"Must be one of {', '.join(TYPES)}, or the title of an entity type."
        return ""

    def _inside(self, kind: str, seen: set[str]) -> set[str]:
        """Return the titles that a type embeds, at any depth, with its own and those of types that are gone."""
        if kind not in seen:
            seen.add(kind)
            entity_type = self.types.get(kind)
            for attribute in entity_type.attributes if entity_type else ():
                self._inside(attribute.element_type, seen)
        return seen


def _has_nul(value: Any) -> bool:
    """Return whether a text in a value has NUL, which declarations cannot be stored with."""
    if type(value) is dict:
        return any(_has_nul(item) for pair in value.items() for item in pair)
    return "\0" in value if type(value) is str else type(value) is list and any(map(_has_nul, value))


def _is_length(value: Any) -> bool:
    return value is None or (type(value) is int and 0 <= value < 2**31)


def _is_bound(value: Any) -> bool:
    if type(value) is not str:
        return type(value) in (int, float, type(None))
    try:
        FIELD_TYPES["datetime"](value)
    except ValueError:
        return False
    return True


def _allowable_errors(raw: Any, path: str) -> Iterator[engine.FieldError]:
    if raw in (None, "", {}):
        return
    if type(raw) is not dict:
        yield engine.FieldError(path, "Must be an object with a valueType.")
        return
    match raw.get("valueType"):
        case "List":
            values = raw.get("values")
            if type(values) is not list or not 1 <= len(values) <= _MAX_VALUES:
                yield engine.FieldError(f"{path}.values", f"Must be an array of 1 to {_MAX_VALUES} values.")
        case "RegExp":
            if type(raw.get("match")) is not str or len(raw["match"]) > settings.MAX_REGEX_LENGTH:
                text = f"Must be a regular expression of at most {settings.MAX_REGEX_LENGTH} characters."
                yield engine.FieldError(f"{path}.match", text)
            elif errors := parse_rules({"pattern": pattern_of(raw["match"])}, limits=limits())[1]:
                yield engine.FieldError(f"{path}.match", errors[0][1])
        case "Range":
            for name in ("min", "max"):
                if not _is_bound(raw.get(name)):
                    yield engine.FieldError(f"{path}.{name}", "Must be a number or a date.")
        case _:
            yield engine.FieldError(f"{path}.valueType", "Must be List, RegExp or Range.")
