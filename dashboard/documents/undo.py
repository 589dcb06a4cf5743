"""Undo of the last write in the grid, stored in the browser session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bson import ObjectId
from django.http import HttpRequest

import engine

_SESSION_KEY = "undo"
# Larger writes are restored through the history of the collection.
MAX_STEPS = 500
INSERTED, CHANGED, DELETED = "inserted", "changed", "deleted"


@dataclass(frozen=True)
class Step:
    """One document of a write. `version` is its version before the write, 0 for an inserted document."""

    id: str
    kind: str
    version: int = 0


def offer(
    request: HttpRequest, collection: engine.Collection, database_id: str, steps: Sequence[Step], **labels: str
) -> None:
    """Store a write that can be undone. `labels` has its `text` and `view`, the query string of the grid.

    Without history only inserts can be undone; any other write removes the stored one.
    """
    undoable = steps and (collection.spec.history or all(step.kind == INSERTED for step in steps))
    if not undoable or len(steps) > MAX_STEPS:
        clear(request)
        return
    target = {"database": database_id, "collection": collection.spec.name}
    request.session[_SESSION_KEY] = {**target, **labels, "steps": [asdict(step) for step in steps]}


def offered(request: HttpRequest, database_id: str, collection: str) -> dict[str, Any] | None:
    """Return the write that can be undone in this collection, `{text, view, steps}`, or None."""
    stored = request.session.get(_SESSION_KEY)
    if not stored or (stored["database"], stored["collection"]) != (database_id, collection):
        return None
    return stored if "steps" in stored else None


def clear(request: HttpRequest) -> None:
    """Remove the stored write."""
    request.session.pop(_SESSION_KEY, None)


def undo(handle: engine.Collection, steps: Sequence[Step]) -> tuple[int, list[str]]:
    """Undo the steps one by one. Return the number of undone steps and the messages of failed ones."""
    count, errors = 0, []
    for step in steps:
        try:
            _undo_one(handle, step)
            count += 1
        except (engine.Conflict, engine.NotFound) as error:
            errors.append(error.message)
    return count, errors


def _undo_one(handle: engine.Collection, step: Step) -> None:
    document_id = ObjectId(step.id)
    if step.kind == DELETED:
        handle.history.undelete(document_id)
    elif step.kind == CHANGED:
        handle.history.restore(document_id, step.version, expected=step.version + 1)
    else:
        query = engine.Query(filter={"_id": step.id})
        deleted = handle.write(engine.Delete(query, precondition=engine.Precondition(version=step.version + 1)))
        if not deleted.count:
            raise engine.NotFound(f"The document {step.id} no longer exists.")
