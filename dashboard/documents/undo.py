"""The last write of a browser's session in the grid, so that one press can undo it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bson import ObjectId
from django.http import HttpRequest

import engine

_NAME = "undo"
# More documents than these are restored through the collection's history.
MOST = 500
INSERTED, CHANGED, DELETED = "inserted", "changed", "deleted"


@dataclass(frozen=True)
class Step:
    """One document of a write; `version` is its version before the write, 0 for an inserted one."""

    id: str
    kind: str
    version: int = 0


def offer(
    request: HttpRequest, collection: engine.Collection, database_id: str, steps: Sequence[Step], **shown: str
) -> None:
    """Store a write to be undone; `shown` has its `text` and the `view`, the query string of the grid.

    Without history only inserts can be undone; any other write withdraws an older offer.
    """
    undoable = steps and (collection.spec.history or all(step.kind == INSERTED for step in steps))
    if not undoable or len(steps) > MOST:
        forget(request)
        return
    place = {"database": database_id, "collection": collection.spec.name}
    request.session[_NAME] = {**place, **shown, "steps": [asdict(step) for step in steps]}


def offered(request: HttpRequest, database_id: str, collection: str) -> dict[str, Any] | None:
    """Return what can be undone in this collection: `{text, view, steps}`."""
    found = request.session.get(_NAME)
    here = found and (found["database"], found["collection"]) == (database_id, collection)
    return found if here and "steps" in found else None


def forget(request: HttpRequest) -> None:
    request.session.pop(_NAME, None)


def undo(handle: engine.Collection, steps: Sequence[Step]) -> tuple[int, list[str]]:
    """Undo the steps one by one; return how many were undone and the messages of those that could not be."""
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
        deleted = handle.write(engine.Delete(query, guard=engine.Guard(version=step.version + 1)))
        if not deleted.count:
            raise engine.NotFound(f"The document {step.id} no longer exists.")
