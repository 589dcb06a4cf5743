"""Rewrites documents in batches with a caller-supplied function and keeps superseded versions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import bson
from bson import ObjectId

from engine.context.context import AuditStamp, Context
from engine.errors import Conflict
from engine.history.versions import Archive
from engine.schema.schema import SYSTEM

UNCHANGED: Any = object()
Decide = Callable[[ObjectId, dict[str, Any] | None], Any]


@dataclass(frozen=True)
class RewriteCounts:
    """Numbers of documents changed, deleted and restored."""

    changed: int = 0
    deleted: int = 0
    restored: int = 0

    def __add__(self, other: RewriteCounts) -> RewriteCounts:
        return RewriteCounts(
            self.changed + other.changed,
            self.deleted + other.deleted,
            self.restored + other.restored,
        )


@dataclass(frozen=True)
class Decision:
    """The decision for one document."""

    id: ObjectId
    current: dict[str, Any] | None
    new: dict[str, Any] | None


def rewrite(context: Context, ids: Sequence[ObjectId], decide: Decide) -> RewriteCounts:
    """Rewrite documents in one transaction. `decide` gets an id and the current document or None, and returns the
    new document, None to delete it, or UNCHANGED. It may be called more than once.
    """
    if ids and context.spec.history:
        Archive.of(context).create()  # else the transaction would be repeated, and take other autonumbers
    try:
        return context.in_transaction(
            lambda to: write_decisions(to, _decisions(to, ids, decide), delete_first=False)
        )
    except Conflict:
        return context.in_transaction(
            lambda to: write_decisions(to, _decisions(to, ids, decide), delete_first=True)
        )


def dry_run(context: Context, ids: Sequence[ObjectId], decide: Decide) -> RewriteCounts:
    """Return what `rewrite` would do; nothing is changed."""
    return _count(_decisions(context, ids, decide))


def _decisions(context: Context, ids: Sequence[ObjectId], decide: Decide) -> list[Decision]:
    current = {document["_id"]: document for document in context.project({"$in": [*ids]}, None)}
    decided = [Decision(name, current.get(name), decide(name, current.get(name))) for name in ids]
    return [
        item for item in decided if item.new is not UNCHANGED and not (item.new is None and item.current is None)
    ]


def _count(items: Sequence[Decision]) -> RewriteCounts:
    return RewriteCounts(
        changed=sum(item.new is not None and item.current is not None for item in items),
        deleted=sum(item.new is None for item in items),
        restored=sum(item.current is None for item in items),
    )


def write_decisions(to: Context, items: Sequence[Decision], *, delete_first: bool) -> RewriteCounts:
    """Store, in the open transaction, the new documents and the versions that they supersede."""
    archive, audit_stamp = Archive.of(to), to.audit_stamp()
    if to.spec.history:
        for op, dies in (("update", False), ("delete", True)):
            over = [item.current for item in items if item.current is not None and (item.new is None) is dies]
            archive.store_versions(over, op, audit_stamp=audit_stamp)
    last = archive.last_versions([item.id for item in items if item.current is None])
    puts = [_stamped(item, last, audit_stamp) for item in items if item.new is not None]
    gone = [item.id for item in items if item.new is None]
    to.store.write_each(to.database, to.spec.physical, puts=puts, gone=gone, delete_first=delete_first)
    return _count(items)


def _stamped(item: Decision, last: dict[ObjectId, Any], audit_stamp: AuditStamp) -> dict[str, Any]:
    """Return the new document with a higher version and a time that is not earlier."""
    assert item.new is not None
    stamped = item.new[SYSTEM] if item.current is None else item.current[SYSTEM]
    version, since = last[item.id] if item.current is None else (stamped["version"], stamped["updated"])
    stamps = {
        "version": version + 1,
        "created": stamped["created"],
        "created_by": stamped["created_by"],
        "updated": max(audit_stamp.at, since),
        "updated_by": audit_stamp.by,
    }
    return {**item.new, SYSTEM: stamps}


def pages(
    context: Context,
    physical: str,
    filter: Mapping[str, Any],
    name: str = "_id",
    *,
    after: ObjectId | None = None,
) -> Iterator[list[ObjectId]]:
    """Yield all ids in `name` of what matches, in order, in batches that fit one transaction."""
    while ids := context.store.ids(context.database, physical, filter, name=name, after=after):
        yield ids
        after = ids[-1]


def content(document: Mapping[str, Any]) -> bytes:
    """Return the content of a document as BSON, which also compares number types and field order."""
    return bson.encode({name: value for name, value in document.items() if name != SYSTEM})
