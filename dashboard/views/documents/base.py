"""What the pages of documents share."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from bson.errors import InvalidId

import engine
from dashboard import grids


def id_of(text: str) -> ObjectId:
    """A document's id as an address has it."""
    try:
        return ObjectId(text)
    except (InvalidId, TypeError) as problem:
        raise no_document(text) from problem


def no_document(text: str) -> engine.NotFound:
    return engine.NotFound(f"There is no document {text[:40]}.")


def find_one(collection: engine.Collection, document_id: str) -> dict[str, Any]:
    """Raises `NotFound`."""
    wanted = {"_id": str(id_of(document_id))}
    found = collection.find(engine.Query(filter=wanted, limit=1, count=engine.Count.NONE)).documents
    if not found:
        raise no_document(document_id)
    return found[0]


def query_of_ids(ids: list[str]) -> engine.Query:
    """All documents of these ids, and no others."""
    known = [str(id_of(text)) for text in ids]
    return engine.Query(filter={"_id": known[0] if len(known) == 1 else {"$in": known}})


def rights(collection: engine.Collection) -> dict[str, bool]:
    """What the person may do here, so that no page shows a button that is refused."""
    actions = {"insert": "INSERT", "write": "WRITE", "delete": "DELETE", "design": "DESIGN"}
    return {name: engine.Action[action] in collection.allowed for name, action in actions.items()}


def view_of(request: Any) -> grids.View:
    return grids.View.of(request.GET)
