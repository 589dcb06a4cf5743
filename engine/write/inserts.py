"""New documents: prepared for an insert, or imported in batches under given ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bson import ObjectId

from engine.actions import Action
from engine.context.context import Context, now, stamp
from engine.context.ids import created_at, new_ids
from engine.errors import Invalid, TooLarge
from engine.history.versions import Archive
from engine.write.masking import check_new


def prepare_new(context: Context, documents: Sequence[Any], *, lenient: bool = False) -> list[dict[str, Any]]:
    """Return new documents, checked and stamped, ready to be stored. With `lenient` the schema refuses nothing."""
    context.require(Action.INSERT)
    limits = context.store.limits
    if not documents:
        raise Invalid("There are no documents to insert.")
    if len(documents) > limits.batch_documents:
        raise TooLarge(f"At most {limits.batch_documents} documents at once (MAX_BATCH_DOCUMENTS).")
    check_new(context, documents)
    prepared = context.assign_autonumbers(context.spec.schema.coerce(documents, limits=limits, lenient=lenient))
    ids = new_ids(len(prepared))
    # The time of the ids, or two documents could sort by `_id` and by `created` in different orders.
    stamp(prepared, ids=ids, actor=context.actor, now=created_at(ids[0]))
    return prepared


def import_batch(context: Context, documents: Sequence[dict[str, Any]], *, ids: Sequence[ObjectId]) -> None:
    """Insert a batch of an import under the given ids. Idempotent.

    Values of autonumbers and computed fields, which an export has, are left out: the service sets them.
    """
    context.require(Action.INSERT)
    check_new(context, documents)
    own = [context.spec.schema.without_unwritable(document) for document in documents]
    prepared = context.assign_autonumbers(context.spec.schema.coerce(own, limits=context.store.limits))
    stamp(prepared, ids=ids, actor=context.actor, now=now())
    context.store.insert_again(context.database, context.spec.physical, prepared)


def undo_import(context: Context, *, first: ObjectId, last: ObjectId) -> None:
    """Delete the documents with ids from `first` to `last`, and their versions."""
    context.require(Action.INSERT)
    context.store.delete_ids(context.database, context.spec.physical, first=first, last=last)
    if context.spec.history:
        Archive.of(context).delete_versions(first=first, last=last)


def count_imported(context: Context, *, first: ObjectId, last: ObjectId) -> int:
    """Count the ids from `first` to `last`."""
    context.require(Action.INSERT)
    return context.store.distinct_ids(context.database, context.spec.physical, first=first, last=last)
