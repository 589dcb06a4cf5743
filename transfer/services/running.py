"""Doing an import so that it ends by itself with exact counts, whoever is killed while it runs.

The job's row is the truth, the queue only wakes somebody up. Whoever works holds a lease and renews it; ids derive
from the job and the row number, so a batch that is done twice changes nothing; a new collection is shown only
when it is whole, and what a failed import put into an existing one is taken back.
"""

from __future__ import annotations

import logging
import secrets
import time
from datetime import timedelta
from typing import Any

from bson import ObjectId
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.db.models import Q
from django.utils import timezone

import catalog.services
import engine
from accounts.principal import Principal, Scope
from transfer import spool
from transfer.ahead import ahead
from transfer.models import OPEN, ImportJob, State
from transfer.reader import Batch, Reader

log = logging.getLogger("datacube.transfer")
_RENEW_SECONDS = 0.5
_SHOWN_ERRORS = 20
_MOST_TEXT = 1_000
# Batches that wait in memory while one is written.
_READ_AHEAD = 1


class LostLease(Exception):
    """Somebody else has taken the job over."""


class Lease:
    """The right to work on one job, held by renewing it together with the progress made."""

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        self.owner = secrets.token_hex(8)
        self._renewed = 0.0

    def take(self) -> ImportJob | None:
        """The job, unless it is finished or somebody else is at it."""
        idle = Q(state=State.QUEUED, lease_owner="") | Q(lease_until__lt=timezone.now())
        taken = ImportJob.objects.filter(idle, pk=self.job_id, state__in=OPEN).update(
            lease_owner=self.owner, lease_until=self._until()
        )
        self._renewed = time.monotonic()
        return ImportJob.objects.get(pk=self.job_id) if taken else None

    def save(self, **values: Any) -> None:
        """Writes to the job and renews; raises `LostLease` when it is somebody else's by now."""
        mine = ImportJob.objects.filter(pk=self.job_id, lease_owner=self.owner)
        if not mine.update(lease_until=self._until(), **values):
            raise LostLease(self.job_id)
        self._renewed = time.monotonic()

    def save_now_and_then(self, **values: Any) -> None:
        if time.monotonic() - self._renewed > _RENEW_SECONDS:
            self.save(**values)

    def release(self) -> None:
        ImportJob.objects.filter(pk=self.job_id, lease_owner=self.owner).update(
            lease_owner="", lease_until=timezone.now()
        )

    def _until(self) -> Any:
        return timezone.now() + timedelta(seconds=settings.IMPORT_LEASE_SECONDS)


def run(job_id: str) -> None:
    """Works on a job until it is done or failed; safe to call at any time, by anybody, again."""
    lease = Lease(job_id)
    job = lease.take()
    if job is None:
        return
    try:
        _work(job, lease)
    except LostLease:
        log.info("import %s is somebody else's now", job_id)
    except engine.Unavailable:
        log.warning("import %s waits for the document store", job_id)
        lease.release()


def _work(job: ImportJob, lease: Lease) -> None:
    if job.state != State.UNDOING:
        try:
            _load(job, lease)
            return
        except (engine.Unavailable, OperationalError, InterfaceError, LostLease):
            raise
        except Exception as problem:  # noqa: BLE001 - the root of a task
            _give_up(problem, lease)
    _undo(job)
    lease.save(state=State.FAILED, finished_at=timezone.now())
    spool.remove(job.pk)


def _load(job: ImportJob, lease: Lease) -> None:
    lease.save(state=State.RUNNING)
    target = _target(job)
    if target is not None:
        rows, inference = _load_rows(job, target, lease)
        lease.save(rows=rows, position=job.size)
        if job.makes_collection and not rows:
            catalog.services.abandon_filling(job.database_id, filler=job.pk)
        elif job.makes_collection:
            schema = inference.schema(limits=target.store.limits)
            catalog.services.publish(job.database_id, filler=job.pk, schema=schema)
    lease.save(state=State.DONE, finished_at=timezone.now())
    spool.remove(job.pk)


def _target(job: ImportJob) -> engine.Collection | None:
    """The collection to fill, or None when this job has filled and shown it already."""
    principal = _principal(job)
    if job.makes_collection:
        return catalog.services.open_filling(principal, job.database_id, job.collection, filler=job.pk)
    database = catalog.services.open_database(principal, job.database_id, collection=job.collection)
    return database.collection(job.collection)


def _load_rows(job: ImportJob, target: engine.Collection, lease: Lease) -> tuple[int, engine.Inference]:
    inference = engine.Inference()
    rows = 0
    with spool.path_of(job.pk).open("rb") as file:
        reader = Reader(file, depth=settings.MAX_DEPTH)
        for batch in ahead(reader.batches(settings.IMPORT_BATCH_DOCUMENTS), count=_READ_AHEAD):
            if job.makes_collection:
                inference.see(document for document in batch.documents if type(document) is dict)
            rows = batch.row + len(batch.documents)
            _check_still_there(job, target)
            if rows > job.rows:
                # Not opened again: `open_filling` would begin anew what another worker has given up.
                _load_batch(job, target, batch)
            lease.save_now_and_then(rows=max(rows, job.rows), position=max(batch.end, job.position))
    return rows, inference


def _check_still_there(job: ImportJob, target: engine.Collection) -> None:
    """Raises `NotFound` soon enough that no row is written into what is dropped meanwhile."""
    database = catalog.services.open_database(_principal(job), job.database_id)
    if job.makes_collection:
        return
    if database.collection(job.collection).spec.physical != target.spec.physical:
        raise engine.NotFound(f"The collection {job.collection!r} was dropped.")


def _load_batch(job: ImportJob, target: engine.Collection, batch: Batch) -> None:
    ids = [_id(job, batch.row + number) for number in range(len(batch.documents))]
    try:
        target.load(batch.documents, ids=ids)
    except engine.Error as problem:
        problem.errors = tuple(
            engine.FieldError(fault.field, fault.message, batch.row + (fault.index or 0))
            for fault in problem.errors
        )
        raise


def _give_up(problem: Exception, lease: Lease) -> None:
    known = problem
    if not isinstance(problem, engine.Error):
        log.error("import %s", lease.job_id, exc_info=problem)
        known = engine.Error("Something went wrong on our side.")
    lease.save(
        state=State.UNDOING,
        kind=type(known).__name__,
        message=_storable(known.message),
        errors=[_storable_fault(fault) for fault in known.errors[:_SHOWN_ERRORS]],
    )


def _storable_fault(fault: engine.FieldError) -> dict[str, Any]:
    return engine.FieldError(_storable(fault.field), _storable(fault.message), fault.index).as_dict()


def _storable(text: str) -> str:
    """Names come from the file: as long as a document, with NUL, which PostgreSQL cannot keep."""
    return text.replace("\0", "\ufffd")[:_MOST_TEXT]


def _undo(job: ImportJob) -> None:
    if job.makes_collection:
        catalog.services.abandon_filling(job.database_id, filler=job.pk)
        return
    try:
        target = _target(job)
    except engine.NotFound:
        # The collection or its database was dropped meanwhile, and the rows with it.
        return
    if target is not None:
        target.unload(first=_id(job, 0), last=_id(job, 2**32 - 1))


def _id(job: ImportJob, row: int) -> ObjectId:
    return ObjectId(f"{job.prefix}{row:08x}")


def _principal(job: ImportJob) -> Principal:
    grant = job.grant
    return Principal(
        actor=grant["actor"],
        user_id=grant["user_id"],
        email="",
        verified=True,
        teams=dict.fromkeys(grant["teams"], "owner"),
        home_team=grant["teams"][0],
        scope=Scope(
            actions=frozenset(engine.Action(name) for name in grant["actions"]),
            databases=frozenset({job.database_id}),
        ),
    )
