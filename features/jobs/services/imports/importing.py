"""Imports that end with exact counts, even when processes are killed while they run.

Ids derive from the job and the row number, so a batch that is repeated changes nothing. A new collection is
published only when it is complete, and the documents of a failed import are deleted from an existing one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any

from bson import ObjectId
from django.conf import settings

import catalog.services
import engine
from catalog.limits import limits as engine_limits
from engine.errors import invalid
from engine.schema import Inference, parse_schema
from features.jobs import spool
from features.jobs.json_splitter import Batch
from features.jobs.models import Job
from features.jobs.prefetch import prefetch
from features.jobs.services.cancelling import check_not_cancelled
from features.jobs.services.imports.keyed import KeyedLoader, keyed_import, undo_keyed
from features.jobs.services.imports.reading import (
    ImportOptions,
    TableColumns,
    import_file,
    read_columns,
    schema_of,
    splitter,
)
from features.jobs.services.imports.rejects import Rejects, errors_by_row, with_rows
from features.jobs.services.leases import Lease, principal_of

_REPEATED = "Another document of the file has the same _id."
# Batches that are parsed in advance while one is written.
_PREFETCHED_BATCHES = 1
# The number of a row in the file, its document and its errors.
Rejected = tuple[int, Any, Sequence[engine.FieldError]]


def load(job: Job, lease: Lease) -> None:
    check_not_cancelled(job)
    options = ImportOptions.of_plan(job.plan)
    columns = _read_columns(job, options, lease)
    target = _target(job, columns, options)
    if target is None:
        return
    rows, inference, result = _load_rows(job, target, lease, columns=columns, options=options)
    check_not_cancelled(job)
    lease.save(rows=rows, position=job.size, result=result)
    if job.makes_collection and rows == result.get("rejected", 0):
        catalog.services.import_target.abandon_filling(job.database_id, filler=job.pk)
    elif job.makes_collection:
        if inference.has_seen("_id") and options.on_duplicate is None:
            _check_count(target, rows - result.get("rejected", 0))
        declared = options.is_table or job.plan.get("fields") is not None
        schema = target.spec.schema if declared else inference.schema(limits=target.store.limits)
        catalog.services.import_target.publish(job.database_id, filler=job.pk, schema=schema)


def _read_columns(job: Job, options: ImportOptions, lease: Lease) -> TableColumns:
    """Read a table for the types of its columns. The lease is renewed while it does."""

    def renew(end: int) -> None:
        if lease.is_due():
            check_not_cancelled(job)
            lease.save()

    with spool.path_of(job.pk).open("rb") as stored:
        return read_columns(import_file(stored), options, each_row=renew)


def _target(job: Job, columns: TableColumns, options: ImportOptions) -> engine.Collection | None:
    """Return the collection to fill, or None where this job has filled and published it already."""
    principal = principal_of(job)
    if job.makes_collection:
        limits = engine_limits()
        schema, _ = parse_schema(job.plan.get("fields") or [], limits=limits)
        if job.plan.get("fields") is None:
            schema = schema_of(columns, options, limits=limits)
        return catalog.services.import_target.open_filling(
            principal, job.database_id, job.collection, filler=job.pk, schema=schema
        )
    database = catalog.services.access.open_database(principal, job.database_id, collection=job.collection)
    return database.collection(job.collection)


def _load_rows(
    job: Job, target: engine.Collection, lease: Lease, *, columns: TableColumns, options: ImportOptions
) -> tuple[int, Inference, dict[str, int]]:
    """Import the batches that are not stored yet; return the rows, their types, and the counts of the outcomes."""
    inference = Inference()
    rows = 0
    loader = PlainLoader(job, target) if options.on_duplicate is None else KeyedLoader(job, target)
    with spool.path_of(job.pk).open("rb") as stored:
        file = import_file(stored)
        reader = splitter(file, options, columns=columns, schema=target.spec.schema)
        for batch in prefetch(reader.batches(settings.IMPORT_BATCH_DOCUMENTS), count=_PREFETCHED_BATCHES):
            if job.makes_collection:
                inference.add(document for document in batch.documents if type(document) is dict)
            rows = batch.row + len(batch.documents)
            if lease.is_due():  # not for each batch: a query lets the other thread hold the interpreter lock
                check_not_cancelled(job)
            _check_not_dropped(job, target)
            # Not opened again: `open_filling` would restart what another worker is rolling back.
            loader.load(batch, _ids(job, batch))
            lease.save_periodically(
                rows=max(rows, job.rows),
                position=max(file.position(batch.end), job.position),
                result=loader.result(),
            )
    return rows, inference, loader.result()


class PlainLoader:
    """Inserts the batches of a job that are not stored yet, under ids that derive from their rows."""

    def __init__(self, job: Job, target: engine.Collection) -> None:
        self._job, self._target = job, target
        self._rejects = Rejects(job.pk, row=job.rows)

    def load(self, batch: Batch, ids: Sequence[ObjectId]) -> None:
        """Insert a batch, unless its rows are stored."""
        if batch.row + len(batch.documents) > self._job.rows:
            rejected = _load_batch(self._job, self._target, batch)
            if rejected:
                self._rejects.add(rejected)

    def result(self) -> dict[str, int]:
        """Return how many rows were rejected, if any."""
        return {"rejected": self._rejects.count} if self._rejects.count else {}


def _check_not_dropped(job: Job, target: engine.Collection) -> None:
    """Raise `NotFound` early enough that no row is written into a collection that is being dropped."""
    database = catalog.services.access.open_database(principal_of(job), job.database_id)
    if job.makes_collection:
        return
    if database.collection(job.collection).spec.physical != target.spec.physical:
        raise engine.NotFound(f"The collection {job.collection!r} was dropped.")


def _load_batch(job: Job, target: engine.Collection, batch: Batch) -> list[Rejected]:
    """Import a batch, without the rows that have errors where these are skipped; return those."""
    rejected: list[Rejected] = []
    numbers = [*range(len(batch.documents))]
    while numbers:
        try:
            _insert(job, target, batch, numbers)
            break
        except engine.Error as error:
            errors = errors_by_row(error, numbers)
            if (
                not job.plan.get("skip_errors")
                or not errors
                or not isinstance(error, engine.Invalid | engine.Conflict)
            ):
                raise with_rows(error, [batch.row + number for number in numbers]) from error
            rejected += [(batch.row + number, batch.documents[number], errors[number]) for number in errors]
            numbers = [number for number in numbers if number not in errors]
    return sorted(rejected, key=itemgetter(0))


def _insert(job: Job, target: engine.Collection, batch: Batch, numbers: list[int]) -> None:
    """Insert the rows of those numbers. Raises errors by their position among `numbers`."""
    chosen = {number: position for position, number in enumerate(numbers)}
    unread = [replace(error, index=chosen[error.index]) for error in batch.errors if error.index in chosen]
    if unread:
        raise invalid(unread)
    documents = [batch.documents[number] for number in numbers]
    prefix = bytes.fromhex(job.prefix)
    ids = [ObjectId(prefix + (batch.row + number).to_bytes(4, "big")) for number in numbers]
    if job.makes_collection:
        documents = _take_ids(documents, ids)
    target.import_batch(documents, ids=ids)


def _take_ids(documents: list[Any], ids: list[ObjectId]) -> list[Any]:
    """Put the ids that the documents have themselves into `ids`, and return the documents without them.

    Raises `Invalid` for repeated ones.
    """
    own = [type(item) is dict and isinstance(item.get("_id"), ObjectId) for item in documents]
    if not any(own):
        return documents
    for number, document in enumerate(documents):
        if own[number]:
            ids[number] = document["_id"]
    first: dict[ObjectId, int] = {}
    repeated = [number for number, document_id in enumerate(ids) if first.setdefault(document_id, number) != number]
    if repeated:
        raise invalid([engine.FieldError("_id", _REPEATED, number) for number in repeated])
    return [_without_id(item) if is_own else item for item, is_own in zip(documents, own, strict=True)]


def _without_id(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "_id"}


def _check_count(target: engine.Collection, rows: int) -> None:
    """Raise `Invalid` where documents of different batches have the same `_id`, which is stored once."""
    count = target.store.count(target.database, target.spec.physical, {"_id": {"$exists": True}})
    if count != rows:
        raise engine.Invalid.of_field(
            "_id", f"Each _id must be unique: the {rows} documents have {count} different ones."
        )


def undo(job: Job) -> None:
    spool.remove_result(job.pk)
    if job.makes_collection:
        catalog.services.import_target.abandon_filling(job.database_id, filler=job.pk)
        return
    try:
        target = _target(job, TableColumns(), ImportOptions())
    except engine.NotFound:
        # The collection or its database was dropped, and the rows with it.
        return
    plan = keyed_import(job)
    if target is not None and plan is not None:
        undo_keyed(job, plan, target)
    elif target is not None:
        target.undo_import(first=_id(job, 0), last=_id(job, 2**32 - 1))


def _ids(job: Job, batch: Batch) -> list[ObjectId]:
    """Return the ids of a batch's rows."""
    prefix, rows = bytes.fromhex(job.prefix), range(batch.row, batch.row + len(batch.documents))
    return [ObjectId(prefix + row.to_bytes(4, "big")) for row in rows]


def _id(job: Job, row: int) -> ObjectId:
    return ObjectId(f"{job.prefix}{row:08x}")
