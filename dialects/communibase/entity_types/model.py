"""Entity types as values: attributes, and the types of what their dotted paths lead to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

ID = re.compile(r"[0-9a-fA-F]{24}")
NO_ID = "Must be an id of 24 hexadecimal digits."
ARRAY, DATE, MIXED, OBJECT, OBJECT_ID = "Array", "Date", "Mixed", "object", "ObjectId"
INTEGERS = ("int", "integer")
NUMBERS = (*INTEGERS, "float", "number")
SCALARS = ("string", *NUMBERS, "boolean", DATE, OBJECT_ID)
TYPES = (*SCALARS, ARRAY, OBJECT, MIXED)
# Set by the service, unless the entity type declares attributes of these names.
UPDATED_AT, UPDATED_BY = "updatedAt", "updatedBy"


@dataclass(frozen=True)
class Attribute:
    """One attribute. `type` is one of TYPES or the title of an embedded entity type; so is `items` of an array."""

    title: str
    type: str = "string"
    items: str = ""
    ref: str = ""
    is_required: bool = False
    raw: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Attribute:
        """Return the attribute of a checked declaration."""
        type = raw.get("type") or "string"
        items = raw.get("items") or MIXED if type == ARRAY else ""
        return cls(raw["title"], type, items, raw.get("ref") or "", raw.get("isRequired") is True, raw)

    @property
    def is_array(self) -> bool:
        return self.type == ARRAY

    @property
    def element_type(self) -> str:
        """The type of its value or, for an array, of each of its elements."""
        return self.items or MIXED if self.is_array else self.type

    @cached_property
    def is_constrained(self) -> bool:
        """Whether values are checked against lengths, a list or a range."""
        return bool(self.allowable) or any(self.raw.get(name) is not None for name in ("minLength", "maxLength"))

    @property
    def allowable(self) -> Mapping[str, Any]:
        return self.raw.get("allowableValues") or {}


@dataclass(frozen=True)
class EntityType:
    """An entity type. `is_resource`: its documents are a collection; otherwise they are embedded in others."""

    id: str
    title: str
    attributes: tuple[Attribute, ...] = ()
    is_resource: bool = True
    raw: Mapping[str, Any] = field(default_factory=dict)

    def embeds(self, title: str) -> bool:
        """Return whether an attribute is of the entity type of that title."""
        return any(attribute.element_type == title for attribute in self.attributes)

    def as_document(self) -> dict[str, Any]:
        """Return the entity type as a document of the type EntityType."""
        document: dict[str, Any] = {"_id": self.id, "title": self.title, "description": ""}
        document |= self.raw
        document |= {"isResource": self.is_resource, "attributes": [dict(item.raw) for item in self.attributes]}
        return document

    @cached_property
    def by_title(self) -> Mapping[str, Attribute]:
        return {attribute.title: attribute for attribute in self.attributes}
