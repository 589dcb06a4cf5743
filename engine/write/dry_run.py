"""Dry runs: a write is executed in a transaction that is then aborted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bson import ObjectId

from engine.context.context import Context
from engine.query.error_location import attach_error_location
from engine.write.operations import Delete, PreparedWrite, Update

_SHOWN = 5


@dataclass(frozen=True)
class Sample:
    """One document before and after; None where it does not exist."""

    id: ObjectId
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass(frozen=True)
class Preview:
    """The number of matching documents and the first few. The document of an upsert is no match."""

    count: int
    samples: list[Sample]


def preview(context: Context, operation: Update | Delete) -> Preview:
    """Return what an operation would do. Runs it in a transaction that is then aborted, without versions."""
    work = operation.prepare(context)
    without_history = replace(context, spec=replace(context.spec, history=False))
    with attach_error_location(*operation.requests):
        return context.store.dry_run(
            lambda session: _run(replace(without_history, store=context.store.within(session)), work)
        )


def _run(context: Context, work: PreparedWrite) -> Preview:
    context = context.for_writing()
    before = context.first(work.filter, _SHOWN, work.collation)
    written = work.execute(context)
    ids = [document["_id"] for document in before] or ([written.id] if written.id else [])
    present = context.spec.schema.present
    after = {document["_id"]: document for document in present(context.first({"_id": {"$in": ids}}, _SHOWN))}
    was = {document["_id"]: document for document in present(before)}
    return Preview(written.count, [Sample(name, was.get(name), after.get(name)) for name in ids])
