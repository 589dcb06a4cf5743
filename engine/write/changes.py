"""Updates of documents that each have values of their own, all or none."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from bson import ObjectId

from engine.actions import Action
from engine.context.context import AuditStamp, Context
from engine.errors import FieldError, Invalid, invalid
from engine.history.versions import Archive
from engine.update.change import CompiledUpdate
from engine.write.masking import check_change
from engine.write.operations import AnyChange, check_results
from engine.write.statements import update_matching

_BATCH_SIZE = 1_000
Compiled = list[tuple[ObjectId, CompiledUpdate]]


def change_each(context: Context, changes: Sequence[tuple[ObjectId, AnyChange]]) -> None:
    """Apply to the document of each id its change, all or none. Raises `Invalid` with every error and its index."""
    context.require(Action.WRITE)
    audit_stamp = context.audit_stamp()
    compiled = _compiled(context, changes, audit_stamp)

    def work(bound: Context) -> None:
        for start in range(0, len(compiled), _BATCH_SIZE):
            _apply(bound, compiled[start : start + _BATCH_SIZE], audit_stamp)

    context.for_writing().in_transaction(work)


def _compiled(context: Context, changes: Sequence[tuple[ObjectId, AnyChange]], audit_stamp: AuditStamp) -> Compiled:
    prepare = partial(_compile, context, audit_stamp)
    compiled: Compiled = []
    errors: list[FieldError] = []
    for index, (name, change) in enumerate(changes):
        try:
            compiled.append((name, prepare(change)))
        except Invalid as error:
            errors += [FieldError(item.field, item.message, index) for item in error.errors]
    if errors:
        raise invalid(errors)
    return compiled


def _compile(context: Context, audit_stamp: AuditStamp, change: AnyChange) -> CompiledUpdate:
    check_change(context, change)
    limits = context.store.limits
    return change.compile(context.spec.schema, limits=limits, actor=audit_stamp.by, now=audit_stamp.at)


def _apply(bound: Context, step: Compiled, audit_stamp: AuditStamp) -> None:
    """Apply a batch in the open transaction, and check what the rules say of its results."""
    ids = {"$in": [name for name, _ in step]}
    names = (bound.database, bound.spec.physical)
    if bound.store.has_row_filter(*names):  # in which only updates that have a filter are possible
        for name, change in step:
            update_matching(bound, {"_id": name}, change, audit_stamp=audit_stamp)
    else:
        if bound.spec.history:
            Archive.of(bound).store_versions(bound.project(ids, None), "update", audit_stamp=audit_stamp)
        bound.store.update_each(*names, [(name, item.statement, item.array_filters) for name, item in step])
    unchecked: frozenset[str] = frozenset().union(*(change.unchecked_fields for _, change in step))
    check_results(bound, ids, unchecked)
