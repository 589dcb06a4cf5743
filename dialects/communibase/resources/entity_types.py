"""Entity types as documents: collections described, created and changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bson import ObjectId

import engine
from accounts.principal import AccountPrincipal
from dialects.communibase.documents.presentation import projection
from dialects.communibase.documents.writing import known_id
from dialects.communibase.entity_types import changes
from dialects.communibase.entity_types.catalog import EntityTypes
from dialects.communibase.entity_types.declaration import ENTITY_TYPE, parse_declaration
from dialects.communibase.entity_types.model import UPDATED_AT, UPDATED_BY, Attribute, EntityType
from dialects.communibase.operations.parameters import SearchParameters
from dialects.communibase.query import selectors
from engine.suspension import blocking
from web.errors import NOT_FOUND

Document = dict[str, Any]
# What the entity types themselves are: their stamps lie beside the other members.
_SELF = EntityType("", ENTITY_TYPE, (Attribute(UPDATED_AT), Attribute(UPDATED_BY)))
_IS_COLLECTION = "The documents of this entity type are a collection; drop that in the dashboard or by the API."


@dataclass(frozen=True)
class Types:
    """The entity types of a database, as one caller may see and change them."""

    principal: AccountPrincipal
    database: engine.Database
    types: EntityTypes

    def search(self, selector: Any, params: SearchParameters) -> tuple[Iterator[list[Document]], int | None]:
        """Return the matching entity types, and their number if it is requested."""
        self.database.require(engine.Action.READ)
        filter = selectors.cast_selector(selector, self.types, _SELF)
        query = engine.Query(filter, limit=0, root=selectors.ROOT)
        total = len(self._match(query)) if params.include_metadata else None
        query = replace(query, sort=params.order, skip=params.skip, limit=params.limit)
        return iter([self._match(replace(query, fields=projection(_SELF, params.fields)))]), total

    def one(self, id: str, fields: Mapping[str, int]) -> Document:
        """Return an entity type. Raises `NotFound`."""
        self.database.require(engine.Action.READ)
        query = engine.Query({"_id": known_id(id)}, fields=projection(_SELF, fields), limit=1, root="id")
        documents = self._match(query)
        if not documents:
            raise engine.NotFound(NOT_FOUND)
        return documents[0]

    @blocking
    def create(self, body: Any) -> Document:
        """Create an entity type, with its collection. Raises `Invalid` with every error, and `Conflict`."""
        self.database.require(engine.Action.DESIGN)
        declared = parse_declaration(body, self.types)
        if self.types.get(declared.title) is not None:
            raise engine.Conflict(f"The entity type {declared.title!r} exists already; send PUT to change it.")
        changes.create(self.principal, self.database, self.types, declared)
        return self._after(declared.title)

    @blocking
    def replace(self, id: str, body: Any) -> Document:
        """Change an entity type, its collection, and those that embed it."""
        self.database.require(engine.Action.DESIGN)
        before = self._of_id(id)
        declared = parse_declaration(body, self.types)
        if declared.title != before.title:
            raise engine.Invalid.of_field("title", "An entity type keeps its title.")
        declared = replace(declared, is_resource=before.is_resource, id=before.id)
        changes.change(self.principal, self.database, self.types, declared)
        return self._after(declared.title)

    @blocking
    def destroy(self, id: str) -> None:
        """Remove an embedded entity type that no other one uses."""
        self.database.require(engine.Action.DESIGN)
        entity_type = self._of_id(id)
        if entity_type.is_resource:
            raise engine.Invalid(_IS_COLLECTION)
        users = [item.title for item in self.types if item.embeds(entity_type.title)]
        if users:
            raise engine.Conflict(f"The entity types {', '.join(users)} have attributes of this type.")
        changes.remove(self.principal, self.database, entity_type.title)

    def _of_id(self, id: str) -> EntityType:
        entity_type = next((item for item in self.types if item.id == id.lower()), None)
        if entity_type is None:
            raise engine.NotFound(NOT_FOUND)
        return entity_type

    def _match(self, query: engine.Query) -> list[Document]:
        documents = [item.as_document() for item in self.types]
        return self.database.match([{**item, "_id": ObjectId(item["_id"])} for item in documents], query)

    def _after(self, title: str) -> Document:
        """Return an entity type as it is stored now."""
        types = changes.current_types(self.principal, self.database)
        entity_type = types.get(title)
        if entity_type is None:
            raise engine.NotFound(NOT_FOUND)
        return entity_type.as_document()
