"""Documents of an entity type: read, written and searched by one handle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import engine
from dialects.communibase.documents import reading
from dialects.communibase.documents.preparing import prepare
from dialects.communibase.documents.presentation import present, projection
from dialects.communibase.documents.writing import known_id, new_members
from dialects.communibase.entity_types.catalog import EntityTypes
from dialects.communibase.entity_types.model import EntityType
from dialects.communibase.operations.parameters import SearchParameters
from dialects.communibase.query import selectors
from dialects.communibase.query.names import stored_path
from dialects.communibase.render import DOCUMENT
from engine.update import Replacement
from web.errors import NOT_FOUND

Document = dict[str, Any]


@dataclass(frozen=True)
class Documents:
    """The documents of an entity type, which are those of a collection."""

    database: engine.Database
    types: EntityTypes
    entity_type: EntityType

    @cached_property
    def collection(self) -> engine.Collection:
        return self.database.collection(self.entity_type.title)

    # --- reading -----------------------------------------------------------------------------------

    def search(self, selector: Any, params: SearchParameters) -> tuple[Iterator[list[Document]], int | None]:
        """Return the matching documents in batches, and their number if it is requested.

        Raises `Invalid` with every error of the selector.
        """
        query = self.query(selector, params)
        if params.deleted:
            return self._deleted(query, params)
        total = self._count(query) if params.include_metadata else None
        batches = reading.read(self.collection, query, skip=params.skip, limit=params.limit)
        return (self.present(batch) for batch in batches), total

    def query(self, selector: Any, params: SearchParameters | None = None) -> engine.Query:
        """Return the query of a selector and of the parameters of a list."""
        filter = selectors.cast_selector(selector, self.types, self.entity_type)
        if params is None:
            return engine.Query(filter, root=selectors.ROOT)
        order = tuple((stored_path(self.entity_type, name), way) for name, way in params.order)
        fields = projection(self.entity_type, params.fields)
        return engine.Query(filter, sort=order, fields=fields, root=selectors.ROOT)

    def _deleted(
        self, query: engine.Query, params: SearchParameters
    ) -> tuple[Iterator[list[Document]], int | None]:
        """Return the last versions of deleted documents in batches, and their number if it is requested."""
        pages = reading.pages(self.collection.history.deleted, query, skip=params.skip, limit=params.limit)
        total = None
        if params.include_metadata:
            ids = replace(query, fields={"_id": 1})
            total = sum(map(len, reading.pages(self.collection.history.deleted, ids, skip=0, limit=0)))
        return (self.present(batch) for batch in pages), total

    def one(self, id: str, fields: Mapping[str, int]) -> Document:
        """Return a document. Raises `NotFound`."""
        query = self.by_id(id, fields=projection(self.entity_type, fields))
        return self._presented(self.collection.find(query).documents)

    def present(self, documents: list[Document]) -> list[Document]:
        """Present stored documents, which are changed in place."""
        return present(self.database, self.entity_type, documents)

    # --- writing -----------------------------------------------------------------------------------

    def create(self, body: Any) -> Document:
        """Store the document in a request's body and return it. Raises `Invalid` with every error."""
        return self._presented(self.collection.create([self._prepared(body)]))

    def replace(self, id: str, body: Any) -> Document:
        """Replace a document and return it. Raises `NotFound`, and `Invalid` with every error."""
        replacement = Replacement(self._prepared(body, id=id), root=DOCUMENT)
        changed = self.collection.change(self.by_id(id), replacement)
        return self._presented([changed] if changed else [])

    def destroy(self, id: str) -> None:
        """Delete a document. Raises `NotFound`."""
        if not self.collection.delete(self.by_id(id)):
            raise engine.NotFound(NOT_FOUND)

    def _prepared(self, body: Any, *, id: str = "") -> Document:
        members = new_members(body, self.entity_type, self.collection.spec.schema, id=id)
        return prepare(members, self.types, self.entity_type)

    def _presented(self, documents: list[Document]) -> Document:
        if not documents:
            raise engine.NotFound(NOT_FOUND)
        return self.present(documents)[0]

    def by_id(self, id: str, *, fields: Mapping[str, int] | None = None) -> engine.Query:
        """Return the query of one document. Raises `NotFound` for a text that is no id."""
        return engine.Query({"_id": known_id(id)}, fields=fields or {}, limit=1, count=engine.Count.NONE, root="id")

    def _count(self, query: engine.Query) -> int:
        """Return the number of all documents that match."""
        counting = replace(query, limit=1, sort=(), fields={"_id": 1}, count=engine.Count.EXACT)
        return self.collection.find(counting).total or 0
