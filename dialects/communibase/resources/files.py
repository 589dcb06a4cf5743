"""Files: documents of the entity type File, whose contents are in the media archive of the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import engine
import features.files.kinds
import features.files.services
from accounts.principal import AccountPrincipal
from catalog.services.access import open_database
from catalog.services.creation import ensure_collections, planned_specs
from dialects.communibase.documents.contents import FileBody
from dialects.communibase.documents.writing import new_members
from dialects.communibase.entity_types.catalog import EntityTypes
from dialects.communibase.render import DOCUMENT
from dialects.communibase.resources.documents import Document, Documents
from engine.context import PLANNED, now
from engine.encoding import iso_timestamp
from engine.suspension import blocking
from features.files.services import Content, Upload
from web.errors import NOT_FOUND

FILE = "File"
_CONTENT = "contentId"
# What the service sets itself with a content.
_BY_CONTENT = (_CONTENT, "length", "uploadDate", "contentType")
_DEFINITION: Mapping[str, Any] = {
    "name": FILE,
    "history": False,
    "fields": [
        {"name": "filename"},
        {"name": "length", "type": "number"},
        {"name": "uploadDate", "type": "datetime"},
        {"name": "contentType"},
        {"name": "metadata", "type": "object"},
        {"name": _CONTENT, "description": "The file of the media archive."},
    ],
}


def with_files(database: engine.Database) -> engine.Database:
    """Return the handle with the collection of files; it is read as empty until the first file creates it."""
    if FILE in database.specs:
        return database
    return replace(database, specs={**database.specs, **planned_specs([_DEFINITION])})


@dataclass(frozen=True)
class FileDocuments(Documents):
    """The files of a database, as one caller may use them."""

    principal: AccountPrincipal

    def present(self, documents: list[Document]) -> list[Document]:
        return [_without_content(document) for document in super().present(documents)]

    def create(self, body: Any) -> Document:
        """Store the document of a file that has no content yet."""
        return self._existing()._create(_own(body))

    def upload(self, name: str, content: bytes, metadata: Mapping[str, Any]) -> Document:
        """Store a new file and return its document. Needs INSERT."""
        files = self._existing()
        facts = files._store(name, content)
        try:
            return files._create({"filename": name, **facts, "metadata": dict(metadata)})
        except engine.Error:
            files._discard(facts[_CONTENT])
            raise

    def merge(self, id: str, body: FileBody) -> Document:
        """Set the members that are sent, replace the content if one is sent, and return the document."""
        query = self.by_id(id)
        self.collection.require(engine.Action.WRITE)
        stored = self.collection.find(query).documents
        if not stored:
            raise engine.NotFound(NOT_FOUND)
        members = _own(new_members(body.members, self.entity_type, self.collection.spec.schema, id=id))
        facts: dict[str, Any] = {}
        if body.content is not None:
            name = members.get("filename") or stored[0].get("filename") or ""
            facts = self._store(str(name), body.content)
        values = {**members, **facts}
        if not values:
            return self._presented(stored)
        try:
            changed = self.collection.change(query, engine.Change(values, root=DOCUMENT))
        except engine.Error:
            self._discard(facts.get(_CONTENT))
            raise
        if facts:
            self._discard(stored[0].get(_CONTENT) if changed else facts[_CONTENT])
        return self._presented([changed] if changed else [])

    def destroy(self, id: str) -> None:
        """Delete a file with its content. Raises `NotFound`; needs READ as well as DELETE."""
        self.collection.require(engine.Action.DELETE)
        documents = self.collection.find(self.by_id(id)).documents
        super().destroy(id)
        if documents:
            self._discard(documents[0].get(_CONTENT))

    def open(self, id: str) -> Content:
        """Open the content of a file. Raises `NotFound`."""
        documents = self.collection.find(self.by_id(id)).documents
        content_id = documents[0].get(_CONTENT) if documents else None
        if type(content_id) is not str:
            raise engine.NotFound(NOT_FOUND)
        original = features.files.services.ORIGINAL
        return features.files.services.open_content(self.principal, self.database.id, content_id, size=original)

    def _create(self, body: Any) -> Document:
        return super().create(body)

    def _existing(self) -> FileDocuments:
        """Return the files with their collection, which the first one creates. Needs INSERT."""
        self.collection.require(engine.Action.INSERT)
        if self.collection.spec.physical != PLANNED:
            return self
        known = {name: spec for name, spec in self.database.specs.items() if name != FILE}
        ensure_collections(replace(self.database, specs=known), [_DEFINITION])
        name, surface = self.database.id, self.database.surface
        database = open_database(self.principal, name, collection=FILE, surface=surface)
        types = EntityTypes.of(database)
        return replace(self, database=database, types=types, entity_type=types.get(FILE) or self.entity_type)

    @blocking
    def _store(self, name: str, content: bytes) -> dict[str, Any]:
        """Store a content and return the members of its file's document. Needs INSERT."""
        upload = Upload(name, len(content), BytesIO(content))
        stored = features.files.services.upload(self.principal, self.database.id, [upload])
        kind = features.files.kinds.kind_of(content)
        return {
            "length": len(content),
            "uploadDate": iso_timestamp(now()),
            "contentType": kind,
            _CONTENT: stored.ids[0],
        }

    @blocking
    def _discard(self, content_id: Any) -> None:
        if type(content_id) is str:
            features.files.services.discard(self.principal, self.database.id, content_id)


def _own(members: Any) -> Any:
    """Return the members without what the service sets itself."""
    if type(members) is not dict:
        return members
    return {name: value for name, value in members.items() if name not in _BY_CONTENT}


def _without_content(document: Document) -> Document:
    document.pop(_CONTENT, None)
    return document
