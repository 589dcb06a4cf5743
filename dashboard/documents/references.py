"""References in the grid: titles of the referenced documents, and the search of the picker."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bson import ObjectId

import engine
from dashboard.documents import titles

_MAX_LINKS = 20
_MAX_IDS = 1_000
_MAX_OPTIONS = 20
_MAX_EXAMPLES = 10


@dataclass(frozen=True)
class ReferenceLink:
    """A reference: the collection and id that it points to, its label, and whether that document exists."""

    collection: str
    id: str
    label: str
    exists: bool = True


Links = Mapping[str, Sequence[ReferenceLink]]


def links_of(
    database: engine.Database, schema: engine.Schema, documents: Sequence[Mapping[str, Any]], names: Iterable[str]
) -> list[dict[str, list[ReferenceLink]]]:
    """Return the links of each document by field, for the references among the named fields."""
    # What a path leads to has no page of its own.
    fields = [schema.references[name] for name in names if name in schema.references]
    fields = [field for field in fields if not field.path]
    known = {field.name: _labels(database, field.collection, _ids(documents, field.name)) for field in fields}
    readable = [field for field in fields if known[field.name] is not None]
    return [
        {field.name: _links(field, document, known[field.name] or {}) for field in readable}
        for document in documents
    ]


def search(handle: engine.Collection, text: str) -> list[ReferenceLink]:
    """Return documents for a picker: by title or id if `text` is given, else the first ones."""
    examples = handle.find(engine.Query(limit=_MAX_OPTIONS, count=engine.Count.NONE)).documents
    field = titles.title_field(handle.spec, examples)
    if text:
        examples = handle.find(
            engine.Query(filter=_matching(field, text), limit=_MAX_OPTIONS, count=engine.Count.NONE)
        ).documents
    return [ReferenceLink(handle.spec.name, str(item["_id"]), titles.label(item, field)) for item in examples]


def _matching(field: str, text: str) -> dict[str, Any]:
    if ObjectId.is_valid(text):
        return {"_id": text}
    if field == "_id":
        return {"_id": {"$in": []}}
    return {field: {"$regex": re.escape(text[:100]), "$options": "i"}}


def _labels(database: engine.Database, collection: str, ids: list[str]) -> dict[str, str] | None:
    """Return `{id: title}` of the existing documents; None if the collection cannot be read."""
    spec = database.readable.get(collection)
    if spec is None:
        return None
    if not ids:
        return {}
    handle = database.collection(collection)
    query = engine.Query(filter={"_id": {"$in": ids}}, limit=_MAX_EXAMPLES, count=engine.Count.NONE)
    field = spec.title_field or titles.title_field(spec, handle.find(query).documents)
    pages = handle.each(replace(query, fields={field: 1}))
    return {str(document["_id"]): titles.label(document, field) for page in pages for document in page}


def _links(field: engine.Field, document: Mapping[str, Any], labels: Mapping[str, str]) -> list[ReferenceLink]:
    ids = [str(value) for value in _values(document, field.name)]
    return [ReferenceLink(field.collection, name, labels.get(name, name), name in labels) for name in ids]


def _ids(documents: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    ids = dict.fromkeys(str(value) for document in documents for value in _values(document, name))
    return [*ids][:_MAX_IDS]


def _values(document: Mapping[str, Any], name: str) -> list[ObjectId]:
    value = document.get(name)
    values = value if type(value) is list else [value]
    return [item for item in values if type(item) is ObjectId][:_MAX_LINKS]
