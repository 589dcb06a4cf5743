"""The versions of documents: listed, searched, read and restored.

A version's id is computed from the document's id and the version's number, so that it is the same before and after
the version is superseded, and leads back to the number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from bson import ObjectId

import engine
from dialects.communibase.documents import reading
from dialects.communibase.documents.presentation import projection
from dialects.communibase.documents.writing import known_id
from dialects.communibase.operations.history import VersionInformation
from dialects.communibase.operations.parameters import PageParameters
from dialects.communibase.people import names_of
from dialects.communibase.resources.documents import Document, Documents
from engine.history import VersionPage
from engine.schema import TYPES
from web.errors import NOT_FOUND

_BITS = 96
_IDS = 1 << _BITS
# Odd, so that it has an inverse; otherwise any number of 96 bits does.
_FACTOR = 0x9E3779B97F4A7C15F39CC061
_INVERSE = pow(_FACTOR, -1, _IDS)
_MAX_VERSION = 2**31


def version_id(document_id: ObjectId, number: int) -> str:
    """Return the id of a document's version."""
    return f"{(int(str(document_id), 16) + number * _FACTOR) % _IDS:024x}"


def version_number(document_id: str, id: str) -> int:
    """Return the number of the version of that id. Raises `NotFound` for an id of no version of the document."""
    number = (int(known_id(id), 16) - int(known_id(document_id), 16)) * _INVERSE % _IDS
    if not 1 <= number < _MAX_VERSION:
        raise engine.NotFound(NOT_FOUND)
    return number


@contextmanager
def _same_text() -> Iterator[None]:
    """Report what does not exist with the text that every missing document has."""
    try:
        yield
    except engine.NotFound as error:
        raise engine.NotFound(NOT_FOUND) from error


@dataclass(frozen=True)
class Versions:
    """The versions of the documents of an entity type."""

    documents: Documents

    def of_document(self, id: str) -> Iterator[list[VersionInformation]]:
        """Return the versions of an existing or deleted document in batches, the latest first."""
        document_id = ObjectId(known_id(id))
        history = self.documents.collection.history

        def fetch(query: engine.Query) -> VersionPage:
            return history.of_document(document_id, skip=query.skip, limit=query.limit)

        with _same_text():
            pages = reading.pages(fetch, engine.Query(), skip=0, limit=0)
        return map(self._described, pages)

    def search(self, selector: Any, params: PageParameters) -> Iterator[list[VersionInformation]]:
        """Return the versions that a selector matches in batches, those of deleted documents included."""
        query = self.documents.query(selector)
        history = self.documents.collection.history
        return map(self._described, reading.pages(history.search, query, skip=params.skip, limit=params.limit))

    def one(self, id: str, version: str, fields: Mapping[str, int]) -> Document:
        """Return a document as it was at a version. Raises `NotFound`."""
        collection = self.documents.collection
        with _same_text():
            state = collection.history.version(ObjectId(known_id(id)), version_number(id, version))
        if fields:
            query = engine.Query(fields=projection(self.documents.entity_type, fields), limit=0)
            state = self.documents.database.match([_storable(state)], query)[0]
        return self.documents.present(collection.spec.schema.present([state]))[0]

    def undelete(self, id: str) -> Document:
        """Restore a deleted document and return it. Raises `Conflict` if it exists."""
        with _same_text():
            restored = self.documents.collection.history.undelete(ObjectId(known_id(id)))
        return self.documents.present([restored])[0]

    def _described(self, versions: list[Document]) -> list[VersionInformation]:
        names = names_of(self.documents.database, {item["_sys"]["updated_by"] for item in versions})
        return [_described(item, names) for item in versions]


def _described(version: Document, names: Mapping[str, str]) -> VersionInformation:
    system = version["_sys"]
    return {
        "_id": version_id(version["_id"], system["version"]),
        "refId": version["_id"],
        "updatedAt": system["updated"],
        "updatedBy": names[system["updated_by"]],
    }


def _storable(state: Document) -> Document:
    """Return a presented document as it is stored: calendar dates have a time again."""
    return {name: TYPES["datetime"](value) if type(value) is date else value for name, value in state.items()}
