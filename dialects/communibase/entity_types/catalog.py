"""The entity types of a database: one for each collection, and those that are embedded in documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from threading import Lock
from typing import Any

from cachetools import LRUCache

import engine
from catalog.services.entity_types import declared_types
from dialects.communibase.entity_types.fields import field_of
from dialects.communibase.entity_types.model import OBJECT_ID, Attribute, EntityType
from dialects.communibase.entity_types.of_schema import attribute_of

_ID_DIGITS = 24
_MAX_DATABASES = 1_000
REFERENCE = "DocumentReference"
_STEP = "DocumentReferencePathItem"
# Types that every database has from the start.
_BUILT_IN: Mapping[str, Mapping[str, Any]] = {
    REFERENCE: {
        "title": REFERENCE,
        "isCore": True,
        "attributes": [
            {"title": "rootDocumentEntityType", "type": "string"},
            {"title": "rootDocumentId", "type": OBJECT_ID},
            {"title": "path", "type": "Array", "items": _STEP},
        ],
    },
    _STEP: {
        "title": _STEP,
        "isCore": True,
        "attributes": [{"title": "field", "type": "string"}, {"title": "objectId", "type": OBJECT_ID}],
    },
}


@dataclass(frozen=True)
class EntityTypes:
    """The entity types of one database. `declared` are declarations by title."""

    database_id: str
    specs: Mapping[str, engine.CollectionSpec]
    declared: Mapping[str, Mapping[str, Any]]
    # Built once for each title; what does not exist takes no memory.
    _built: dict[str, EntityType] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, database: engine.Database) -> EntityTypes:
        """Return the entity types of a database, the same ones as long as its cached catalog entry is used."""
        with _lock:
            types = _by_database.get(database.id)
        if types is None or types.specs is not database.specs:
            types = cls(database.id, database.specs, _declared(database))
            with _lock:
                _by_database[database.id] = types
        return types

    def __iter__(self) -> Iterator[EntityType]:
        """Yield every entity type: collections in the order of their creation, then embedded types by title."""
        titles = dict.fromkeys([*self.specs, *sorted({*self.declared, *_BUILT_IN})])
        return (entity_type for entity_type in map(self.get, titles) if entity_type)

    def get(self, title: str) -> EntityType | None:
        """Return the entity type of a title, or None."""
        entity_type = self._built.get(title) or self._build(title)
        if entity_type is not None:
            self._built[title] = entity_type
        return entity_type

    def _build(self, title: str) -> EntityType | None:
        spec, raw = self.specs.get(title), self.declared.get(title) or _BUILT_IN.get(title)
        declared = tuple(Attribute.of(item) for item in raw["attributes"]) if raw else ()
        if spec is not None:
            attributes = tuple(_attributes(spec.schema, {item.title: item for item in declared}, self.specs))
            return EntityType(_id_of(spec.physical), title, attributes, raw=_without_id(raw))
        if raw is None or raw.get("isResource"):
            return None
        id = raw.get("_id") or _id_of(f"{self.database_id} {title}")
        return EntityType(id, title, declared, is_resource=False, raw=raw)

    def type_at(self, entity_type: EntityType, path: str) -> str:
        """Return the type of what a dotted path leads to, of its elements for an array; empty if not declared."""
        *outer, last = [name for name in path.split(".") if not name.isdecimal()] or [""]
        holder: EntityType | None = entity_type
        for name in outer:
            attribute = holder.by_title.get(name) if holder else None
            holder = self.get(attribute.element_type) if attribute else None
        if holder is None:
            return ""
        if last == "_id":
            return OBJECT_ID
        attribute = holder.by_title.get(last)
        return attribute.element_type if attribute else ""


_lock = Lock()
_by_database: LRUCache[str, EntityTypes] = LRUCache(_MAX_DATABASES)


def _attributes(
    schema: engine.Schema, declared: Mapping[str, Attribute], collections: Mapping[str, Any]
) -> Iterator[Attribute]:
    """Yield the attributes of a collection: as declared where the field is still that of the declaration."""
    for declared_field in schema.visible_fields:
        attribute = declared.get(declared_field.name)
        if attribute is None or not _fits(attribute, declared_field, collections):
            yield attribute_of(declared_field)
        elif attribute.is_required == declared_field.required:
            yield attribute
        else:
            raw = {**attribute.raw, "isRequired": declared_field.required}
            yield replace(attribute, is_required=declared_field.required, raw=raw)


def _fits(attribute: Attribute, field: engine.Field, collections: Mapping[str, Any]) -> bool:
    kind = field_of(attribute, collections)["type"]
    return field.type == kind or {field.type, kind} == {"reference", "objectid"}


def _declared(database: engine.Database) -> Mapping[str, Mapping[str, Any]]:
    """Return the declarations; to a limited key only those of what it sees wholly, since they name every field."""
    declared = declared_types(database.id)
    if not database.is_restricted:
        return declared
    whole = {name for name, spec in database.specs.items() if spec.schema.mask is None}
    return {title: declaration for title, declaration in declared.items() if title in whole}


def _without_id(raw: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (raw or {}).items() if name != "_id"}


def _id_of(name: str) -> str:
    """Return the id of an entity type: for a collection the same as long as it exists."""
    return sha256(name.encode()).hexdigest()[:_ID_DIGITS]
