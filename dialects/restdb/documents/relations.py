"""Which documents belong to which: links, which are references of the schema, and children to their parent.

A child names its parent in `_parent_id`, `_parent_def` and `_parent_field`. A collection whose schema declares
`_parent_id` as a reference holds children of the collection that it points into, under the field that is the
default of its `_parent_field`, or else under its own name.
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
_REFERENCING = 100
Readable = Callable[[str], bool]


def links(schema: engine.Schema) -> dict[str, engine.Field]:
    """The fields that hold ids of other documents, but for a child's parent."""
    return {name: field for name, field in schema.references.items() if name not in PARENT}


def with_links(query: engine.Query, schema: engine.Schema, readable: Readable) -> engine.Query:
    """The query with every link followed that leads into something readable; others stay ids."""
    found = tuple(name for name, field in links(schema).items() if readable(field.collection))
    return replace(query, expand=found) if found else query


def ids_of_links(document: Mapping[str, Any], schema: engine.Schema) -> dict[str, Any]:
    """A document as it is stored: links may be sent as ids, as documents, or as arrays of either.

    Numbers that the service gives, and texts that it computes, come back with the rest, and are left out.
    """
    found = {name: value for name, value in document.items() if not _is_given(name, schema)}
    for name, field in links(schema).items():
        if name in found:
            found[name] = _ids(found[name], many=field.many)
    return found


def _is_given(name: str, schema: engine.Schema) -> bool:
    field = schema.by_name.get(name)
    return field is not None and bool(field.unwritable)


def _ids(value: Any, *, many: bool) -> Any:
    items = value if type(value) is list else [] if value is None else [value]
    named = [item["_id"] if type(item) is dict and "_id" in item else item for item in items]
    if many:
        return named
    return None if not named else named[0] if len(named) == 1 else named


def embedded(document: dict[str, Any], linked: Iterable[str], show: Any) -> dict[str, Any]:
    """A document whose links were followed: each an array of documents, without those that are gone."""
    for name in linked:
        if name in document:
            value = document[name]
            there = value if type(value) is list else [value]
            document[name] = [show(item) if type(item) is dict else item for item in there if item is not None]
    return document


def as_addresses(
    document: dict[str, Any], linked: Mapping[str, engine.Field], *, base: str, readable: Readable
) -> dict[str, Any]:
    """A document with the addresses of what it links to in place of ids, where that is readable."""
    for name, field in linked.items():
        if name in document:
            value = document[name]
            ids = [item for item in (value if type(value) is list else [value]) if item is not None]
            may = readable(field.collection)
            document[name] = [address(base, field.collection, item) for item in ids] if may else ids
    return document


def address(base: str, collection: str, document_id: Any) -> str:
    """Of a document, below the database as the caller named it."""
    return f"{settings.BASE_URL}/db/{quote(base)}/rest/{quote(collection)}/{document_id}"


def flattened(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document with the members of its objects and linked documents at the top, as `field.member`."""
    found: dict[str, Any] = {}
    for name, value in document.items():
        inner = value[0] if type(value) is list and len(value) == 1 else value
        if type(inner) is dict and inner:
            found |= {f"{name}.{member}": item for member, item in flattened(inner).items()}
        else:
            found[name] = value
    return found


# --- children ----------------------------------------------------------------------------------------


def child_fields(name: str, specs: Mapping[str, engine.Spec]) -> dict[str, str]:
    """{field: collection} of the children that documents of a collection are declared to have."""
    found = {}
    for spec in specs.values():
        parent = spec.schema.references.get(_PARENT_ID)
        if parent is not None and parent.collection == name:
            named = spec.schema.by_name.get(_PARENT_FIELD)
            found[str(named.fresh_default()) if named and type(named.default) is str else spec.name] = spec.name
    return found


def child_collection(parent: engine.Collection, field: str) -> tuple[str, bool]:
    """The collection that the children under a field are in, and whether it is declared to hold them.

    What is not declared is the collection of that name; raises `NotFound` where there is none.
    """
    declared = child_fields(parent.spec.name, parent.siblings)
    found = declared.get(field, field)
    if found not in parent.siblings:
        raise engine.NotFound(f"The collection {parent.spec.name!r} has no children {field!r}.")
    return found, field in declared


def parent_members(parent: engine.Collection, document_id: str, field: str) -> dict[str, str]:
    """What a child says of its parent."""
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
    show: Any,
) -> None:
    """Puts the declared children of documents under their fields; at most a page of each field altogether."""
    by_id = {str(document["_id"]): document for document in documents if "_id" in document}
    if not by_id:
        return
    for field, collection in child_fields(handle.spec.name, database.readable).items():
        if not readable(f"{handle.spec.name}/0/{field}"):
            continue
        children = database.collection(collection)
        wanted = {_PARENT_DEF: handle.spec.name, _PARENT_ID: {"$in": [*by_id]}}
        limit = settings.MAX_PAGE_SIZE
        query = engine.Query(wanted, limit=limit, count=engine.Count.NONE)
        page = children.find(with_links(query, children.spec.schema, readable))
        if page.next:
            text = f"There are more than {limit} children {field!r} (MAX_PAGE_SIZE); ask for fewer documents."
            raise engine.TooLarge.of_field("fetchchildren", text)
        for document in by_id.values():
            document[field] = []
        for child in page.documents:
            by_id[str(child[_PARENT_ID])][field].append(show(child, children))


def referencing(
    document_id: Any, handle: engine.Collection, database: engine.Database, *, readable: Readable, show: Any
) -> dict[str, list[dict[str, Any]]]:
    """{collection: documents} that link to a document, at most a hundred of each collection."""
    found: dict[str, list[dict[str, Any]]] = {}
    for spec in database.readable.values():
        names = [name for name, field in links(spec.schema).items() if field.collection == handle.spec.name]
        if not names or not readable(spec.name):
            continue
        there = database.collection(spec.name)
        wanted = {"$or": [{name: str(document_id)} for name in names]}
        page = there.find(engine.Query(wanted, limit=_REFERENCING, count=engine.Count.NONE))
        found[spec.name] = [show(item, there) for item in page.documents]
    return found
