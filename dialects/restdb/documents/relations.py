"""Relations between documents: links, which are references of the schema, and children of a parent.

A child names its parent in `_parent_id`, `_parent_def` and `_parent_field`. A collection whose schema declares
`_parent_id` as a reference holds children of the referenced collection. Their field is the default of
`_parent_field`, or else the collection's name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from django.conf import settings

import engine
from dialects.restdb.system_fields import PARENT

_PARENT_ID, _PARENT_DEF, _PARENT_FIELD = PARENT
_MAX_REFERENCING = 100
Readable = Callable[[str], bool]


def links(schema: engine.Schema) -> dict[str, engine.Field]:
    """Return the fields that hold ids of other documents, except a child's parent."""
    return {name: field for name, field in schema.references.items() if name not in PARENT}


def with_links(query: engine.Query, schema: engine.Schema, readable: Readable) -> engine.Query:
    """Return the query with every link expanded that leads into a readable collection."""
    expandable = tuple(name for name, field in links(schema).items() if readable(field.collection))
    return replace(query, expand=expandable) if expandable else query


def with_link_ids(document: Mapping[str, Any], schema: engine.Schema) -> dict[str, Any]:
    """Return a document to store: links may be sent as ids, documents, or arrays of either.

    Automatic numbers and computed texts, which clients send back, are removed.
    """
    stored = {name: value for name, value in document.items() if not _is_service_set(name, schema)}
    for name, field in links(schema).items():
        if name in stored:
            stored[name] = _ids(stored[name], many=field.many)
    return stored


def _is_service_set(name: str, schema: engine.Schema) -> bool:
    field = schema.by_name.get(name)
    return field is not None and bool(field.unwritable)


def _ids(value: Any, *, many: bool) -> Any:
    items = value if type(value) is list else [] if value is None else [value]
    ids = [item["_id"] if type(item) is dict and "_id" in item else item for item in items]
    if many:
        return ids
    return None if not ids else ids[0] if len(ids) == 1 else ids


def embed_links(document: dict[str, Any], linked: Iterable[str], present: Any) -> dict[str, Any]:
    """Present expanded links in place, each as an array of documents. Links to deleted documents are removed."""
    for name in linked:
        if name in document:
            value = document[name]
            items = value if type(value) is list else [value]
            document[name] = [present(item) if type(item) is dict else item for item in items if item is not None]
    return document


def replace_with_addresses(
    document: dict[str, Any], linked: Mapping[str, engine.Field], *, base: str, readable: Readable
) -> dict[str, Any]:
    """Replace ids of links by addresses in place, where they are documents of a readable collection."""
    for name, field in linked.items():
        if name in document:
            value = document[name]
            ids = [item for item in (value if type(value) is list else [value]) if item is not None]
            may_read = not field.path and readable(field.collection)
            document[name] = [address(base, field.collection, item) for item in ids] if may_read else ids
    return document


def address(base: str, collection: str, document_id: Any) -> str:
    """Return the address of a document; `base` is the database as the caller named it."""
    return f"{settings.BASE_URL}/db/{quote(base)}/rest/{quote(collection)}/{document_id}"


def flatten(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with the members of its objects and linked documents at the top, as `field.member`."""
    members: dict[str, Any] = {}
    for name, value in document.items():
        inner = value[0] if type(value) is list and len(value) == 1 else value
        if type(inner) is dict and inner:
            members |= {f"{name}.{member}": item for member, item in flatten(inner).items()}
        else:
            members[name] = value
    return members


# --- children ----------------------------------------------------------------------------------------


def child_fields(name: str, specs: Mapping[str, engine.CollectionSpec]) -> dict[str, str]:
    """Return {field: collection} of the children that a collection's documents are declared to have."""
    collections = {}
    for spec in specs.values():
        parent = spec.schema.references.get(_PARENT_ID)
        if parent is not None and parent.collection == name:
            parent_field = spec.schema.by_name.get(_PARENT_FIELD)
            collections[
                str(parent_field.fresh_default())
                if parent_field and type(parent_field.default) is str
                else spec.name
            ] = spec.name
    return collections


def child_collection(parent: engine.Collection, field: str) -> tuple[str, bool]:
    """Return the collection of the children under a field, and whether it is declared to hold them.

    An undeclared field is the name of the collection; raises `NotFound` if it does not exist.
    """
    declared = child_fields(parent.spec.name, parent.siblings)
    collection = declared.get(field, field)
    if collection not in parent.siblings:
        raise engine.NotFound(f"The collection {parent.spec.name!r} has no children {field!r}.")
    return collection, field in declared


def parent_members(parent: engine.Collection, document_id: str, field: str) -> dict[str, str]:
    """Return the fields in which a child names its parent."""
    return {
        _PARENT_ID: document_id.lower(),
        _PARENT_DEF: parent.spec.name,
        _PARENT_FIELD: field,
    }


def fetch_children(
    documents: Iterable[dict[str, Any]],
    handle: engine.Collection,
    database: engine.Database,
    *,
    readable: Readable,
    present: Any,
) -> None:
    """Add the declared children to documents. Raises `TooLarge` beyond MAX_PAGE_SIZE children of a field."""
    by_id = {str(document["_id"]): document for document in documents if "_id" in document}
    if not by_id:
        return
    for field, collection in child_fields(handle.spec.name, database.readable).items():
        if not readable(f"{handle.spec.name}/0/{field}"):
            continue
        children = database.collection(collection)
        condition = {_PARENT_DEF: handle.spec.name, _PARENT_ID: {"$in": [*by_id]}}
        limit = settings.MAX_PAGE_SIZE
        query = engine.Query(condition, limit=limit, count=engine.Count.NONE)
        page = children.find(with_links(query, children.spec.schema, readable))
        if page.next:
            text = f"There are more than {limit} children {field!r} (MAX_PAGE_SIZE); ask for fewer documents."
            raise engine.TooLarge.of_field("fetchchildren", text)
        for document in by_id.values():
            document[field] = []
        parents = [str(child[_PARENT_ID]) for child in page.documents]
        for parent_id, child in zip(parents, present(page.documents, children), strict=True):
            by_id[parent_id][field].append(child)


def referencing(
    document_id: Any, handle: engine.Collection, database: engine.Database, *, readable: Readable, present: Any
) -> dict[str, list[dict[str, Any]]]:
    """Return {collection: documents} that link to a document, at most 100 of each collection."""
    documents: dict[str, list[dict[str, Any]]] = {}
    for spec in database.readable.values():
        fields = [field for field in links(spec.schema).values() if not field.path]
        names = [field.name for field in fields if field.collection == handle.spec.name]
        if not names or not readable(spec.name):
            continue
        collection = database.collection(spec.name)
        condition = {"$or": [{name: str(document_id)} for name in names]}
        page = collection.find(engine.Query(condition, limit=_MAX_REFERENCING, count=engine.Count.NONE))
        documents[spec.name] = present(page.documents, collection)
    return documents
