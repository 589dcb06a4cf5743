"""Updates and deletions of single documents that arrive together: those of one collection in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from bson import ObjectId

from engine.context.context import AuditStamp, Context
from engine.errors import Error, Unavailable
from engine.history.record import Superseded
from engine.history.versions import Archive
from engine.store.batches import outcome_of
from engine.suspension import Suspension
from engine.update.change import CompiledUpdate


@dataclass(frozen=True)
class SingleWrite:
    """An update, or without a change a deletion, of the document of an id.

    `alone` executes it by itself. The result of either is the number of documents that it matched or, with
    `returns_document`, the updated document or None.
    """

    document_id: ObjectId
    change: CompiledUpdate | None
    audit_stamp: AuditStamp
    alone: Callable[[], Any]
    returns_document: bool = False

    def superseded(self, document: dict[str, Any]) -> Superseded:
        return Superseded(document, "delete" if self.change is None else "update", self.audit_stamp)


def can_join(context: Context, filter: Mapping[str, Any]) -> bool:
    """Return whether a write may be executed with others: it names a document by its `_id` alone."""
    return len(filter) == 1 and isinstance(filter.get("_id"), ObjectId) and context.store.may_join


def execute_together(context: Context, suspension: Suspension, write: SingleWrite) -> Any:
    """Suspend the caller until its write was executed with those that arrive at the same time.

    Two writes to one document are executed in the order in which they arrived.
    """
    key = ("write", context.database, context.spec.physical, context.spec.history)
    execute = partial(_execute, context)
    return context.store.batches.run(suspension, key, execute, write, identity=write.document_id)


def _execute(context: Context, writes: Sequence[SingleWrite]) -> list[Any]:
    """Return the results in order. What cannot be written with others is written alone, so that an error reaches
    its own caller.
    """
    if len(writes) == 1:
        return [writes[0].alone()]
    try:
        return context.in_transaction(partial(_execute_all, writes))
    except Unavailable:
        raise
    except Error:
        return [outcome_of(write.alone) for write in writes]


def _execute_all(writes: Sequence[SingleWrite], bound: Context) -> list[Any]:
    names = (bound.database, bound.spec.physical)
    current = _documents(bound, [write.document_id for write in writes])
    matching = [write for write in writes if write.document_id in current]
    if bound.spec.history:
        Archive.of(bound).store_superseded([write.superseded(current[write.document_id]) for write in matching])
    updates = [(write.document_id, write.change) for write in matching if write.change is not None]
    bound.store.update_each(*names, [(name, change.statement, change.array_filters) for name, change in updates])
    gone = [write.document_id for write in matching if write.change is None]
    if gone:
        bound.store.delete(*names, {"_id": {"$in": gone}})
    after = _changed(bound, [write for write in matching if write.returns_document], current)
    return [
        after.get(write.document_id) if write.returns_document else int(write.document_id in current)
        for write in writes
    ]


def _changed(
    bound: Context, writes: Sequence[SingleWrite], current: Mapping[ObjectId, dict[str, Any]]
) -> dict[ObjectId, dict[str, Any]]:
    """Return the changed documents; those are read that only MongoDB can compute."""
    computed = {
        write.document_id: write.change.result(current[write.document_id])
        for write in writes
        if write.change is not None and write.change.result is not None
    }
    rest = [write.document_id for write in writes if write.document_id not in computed]
    return computed | _documents(bound, rest)


def _documents(bound: Context, ids: Sequence[ObjectId]) -> dict[ObjectId, dict[str, Any]]:
    """Return some documents by their ids. Raises `TooLarge` where they are larger than a reply of MongoDB."""
    if not ids:
        return {}
    names = (bound.database, bound.spec.physical, {"_id": {"$in": [*ids]}})
    return {row["_id"]: row for row in bound.store.find(*names, sort=(), fields=None, skip=0, limit=len(ids))}
