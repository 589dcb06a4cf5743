"""Imports that end with exact counts, even when processes are killed while they run.

Ids derive from the job and the row number, so a batch that is repeated changes nothing. A new collection is
published only when it is complete, and the documents of a failed import are deleted from an existing one.
"""

from __future__ import annotations

from bson import ObjectId
from django.conf import settings

import catalog.services
import engine
from engine.errors import invalid
from engine.schema import Inference, parse_schema
from features.jobs import spool
from features.jobs.json_splitter import Batch, JsonSplitter
from features.jobs.models import Job
from features.jobs.prefetch import prefetch
from features.jobs.services.cancelling import check_not_cancelled
from features.jobs.services.leases import Lease, principal_of

_REPEATED = "Another document of the file has the same _id."
# Batches that are parsed in advance while one is written.
_PREFETCHED_BATCHES = 1


def load(job: Job, lease: Lease) -> None:
    check_not_cancelled(job)
    target = _target(job)
    if target is not None:
        rows, inference = _load_rows(job, target, lease)
        lease.save(rows=rows, position=job.size)
        if job.makes_collection and not rows:
            catalog.services.import_target.abandon_filling(job.database_id, filler=job.pk)
        elif job.makes_collection:
            if inference.has_seen("_id"):
                _check_count(target, rows)
            declared = job.plan.get("fields") is not None
            schema = target.spec.schema if declared else inference.schema(limits=target.store.limits)
            catalog.services.import_target.publish(job.database_id, filler=job.pk, schema=schema)


def _target(job: Job) -> engine.Collection | None:
    """Return the collection to fill, or None where this job has filled and published it already."""
    principal = principal_of(job)
    if job.makes_collection:
        schema, _ = parse_schema(job.plan.get("fields") or [], limits=catalog.services.access.store().limits)
        return catalog.services.import_target.open_filling(
            principal, job.database_id, job.collection, filler=job.pk, schema=schema
        )
    database = catalog.services.access.open_database(principal, job.database_id, collection=job.collection)
    return database.collection(job.collection)


def _load_rows(job: Job, target: engine.Collection, lease: Lease) -> tuple[int, Inference]:
    inference = Inference()
    rows = 0
    with spool.path_of(job.pk).open("rb") as file:
        splitter = JsonSplitter(file, depth=settings.MAX_DEPTH, values=settings.MAX_BODY_VALUES)
        for batch in prefetch(splitter.batches(settings.IMPORT_BATCH_DOCUMENTS), count=_PREFETCHED_BATCHES):
            if job.makes_collection:
                inference.add(document for document in batch.documents if type(document) is dict)
            rows = batch.row + len(batch.documents)
            check_not_cancelled(job)
            _check_not_dropped(job, target)
            if rows > job.rows:
                # Not opened again: `open_filling` would restart what another worker is rolling back.
                _load_batch(job, target, batch)
            lease.save_periodically(rows=max(rows, job.rows), position=max(batch.end, job.position))
    return rows, inference


def _check_not_dropped(job: Job, target: engine.Collection) -> None:
    """Raise `NotFound` early enough that no row is written into a collection that is being dropped."""
    database = catalog.services.access.open_database(principal_of(job), job.database_id)
    if job.makes_collection:
        return
    if database.collection(job.collection).spec.physical != target.spec.physical:
        raise engine.NotFound(f"The collection {job.collection!r} was dropped.")


def _load_batch(job: Job, target: engine.Collection, batch: Batch) -> None:
    ids = [_id(job, batch.row + number) for number in range(len(batch.documents))]
    try:
        if job.makes_collection:
            _take_ids(batch, ids)
        target.import_batch(batch.documents, ids=ids)
    except engine.Error as error:
        error.errors = tuple(
            engine.FieldError(issue.field, issue.message, batch.row + (issue.index or 0)) for issue in error.errors
        )
        raise


def _take_ids(batch: Batch, ids: list[ObjectId]) -> None:
    """Use the ids that the documents have in extended JSON. Raises `Invalid` for repeated ones."""
    for number, document in enumerate(batch.documents):
        if type(document) is dict and isinstance(document.get("_id"), ObjectId):
            ids[number] = document.pop("_id")
    first: dict[ObjectId, int] = {}
    repeated = [number for number, document_id in enumerate(ids) if first.setdefault(document_id, number) != number]
    if repeated:
        raise invalid([engine.FieldError("_id", _REPEATED, number) for number in repeated])


def _check_count(target: engine.Collection, rows: int) -> None:
    """Raise `Invalid` where documents of different batches have the same `_id`, which is stored once."""
    count = target.store.count(target.database, target.spec.physical, {"_id": {"$exists": True}})
    if count != rows:
        raise engine.Invalid.of_field(
            "_id", f"Each _id must be unique: the {rows} documents have {count} different ones."
        )


def undo(job: Job) -> None:
    if job.makes_collection:
        catalog.services.import_target.abandon_filling(job.database_id, filler=job.pk)
        return
    try:
        target = _target(job)
    except engine.NotFound:
        # The collection or its database was dropped, and the rows with it.
        return
    if target is not None:
        target.undo_import(first=_id(job, 0), last=_id(job, 2**32 - 1))


def _id(job: Job, row: int) -> ObjectId:
    return ObjectId(f"{job.prefix}{row:08x}")
