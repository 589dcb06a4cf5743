"""Checked updates and deletions of what a filter matches, with versions where the collection keeps history."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from bson import ObjectId

from engine.actions import Action
from engine.context.context import AuditStamp, Context
from engine.errors import TooLarge
from engine.history.versions import Archive
from engine.query.error_location import attach_error_location
from engine.query.query import Query
from engine.suspension import current
from engine.update.change import CompiledUpdate
from engine.write.masking import check_filter
from engine.write.together import SingleWrite, can_join, execute_together


def update_matching(
    context: Context, filter: Mapping[str, Any], change: CompiledUpdate, *, audit_stamp: AuditStamp
) -> int:
    """Apply a change to every document that matches and return their number."""
    suspension = current.get()
    if suspension is not None and can_join(context, filter):
        alone = partial(update_matching, context, filter, change, audit_stamp=audit_stamp)
        count: int = execute_together(context, suspension, SingleWrite(filter["_id"], change, audit_stamp, alone))
        return count
    if context.needs_transaction:
        return context.in_transaction(partial(_update_in, filter, change, audit_stamp))
    statement, array_filters = change.statement, change.array_filters
    if context.spec.history:
        return Archive.of(context).update(filter, statement, audit_stamp=audit_stamp, array_filters=array_filters)
    return context.store.update(
        context.database, context.spec.physical, filter, statement, array_filters=array_filters
    )


def update_one(
    context: Context, filter: Mapping[str, Any], change: CompiledUpdate, *, audit_stamp: AuditStamp
) -> dict[str, Any] | None:
    """Apply a change to the document that the filter names by its `_id`, and return it as it is stored then."""
    suspension = current.get()
    if suspension is not None and can_join(context, filter):
        alone = partial(update_one, context, filter, change, audit_stamp=audit_stamp)
        write = SingleWrite(filter["_id"], change, audit_stamp, alone, returns_document=True)
        document: dict[str, Any] | None = execute_together(context, suspension, write)
        return document
    if context.needs_transaction:
        return context.in_transaction(partial(_update_one_in, filter, change, audit_stamp))
    statement, array_filters = change.statement, change.array_filters
    if not context.spec.history:
        names = (context.database, context.spec.physical)
        return context.store.change(*names, filter, statement, array_filters=array_filters)
    return Archive.of(context).change(
        filter, statement, audit_stamp=audit_stamp, array_filters=array_filters, result=change.result
    )


def _update_in(filter: Mapping[str, Any], change: CompiledUpdate, audit_stamp: AuditStamp, bound: Context) -> int:
    return update_matching(bound, filter, change, audit_stamp=audit_stamp)


def _update_one_in(
    filter: Mapping[str, Any], change: CompiledUpdate, audit_stamp: AuditStamp, bound: Context
) -> dict[str, Any] | None:
    return update_one(bound, filter, change, audit_stamp=audit_stamp)


def delete_matching(context: Context, filter: Mapping[str, Any], *, audit_stamp: AuditStamp) -> int:
    """Delete every document that matches and return their number."""
    suspension = current.get()
    if suspension is not None and can_join(context, filter):
        alone = partial(delete_matching, context, filter, audit_stamp=audit_stamp)
        count: int = execute_together(context, suspension, SingleWrite(filter["_id"], None, audit_stamp, alone))
        return count
    if context.spec.history:
        return Archive.of(context).delete(filter, audit_stamp=audit_stamp)
    return context.store.delete(context.database, context.spec.physical, filter)


def delete_returning_ids(context: Context, query: Query) -> list[ObjectId]:
    """Delete every document that matches, or none, and return their ids. Raises `TooLarge` beyond a batch."""
    context.require(Action.DELETE)
    check_filter(context, query)
    limits, audit_stamp = context.store.limits, context.audit_stamp()
    filter = query.compiled(context.spec.schema, limits=limits)

    def work(bound: Context) -> list[ObjectId]:
        ids = bound.matching(filter)
        if len(ids) > limits.batch_documents:
            cap = f"at most {limits.batch_documents} at once (MAX_BATCH_DOCUMENTS)"
            raise TooLarge(f"{len(ids)} documents match, {cap}.")
        delete_matching(bound, {"_id": {"$in": ids}}, audit_stamp=audit_stamp)
        return ids

    with attach_error_location(query.request):
        return context.for_writing().in_transaction(work)
