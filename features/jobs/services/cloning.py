"""Clones a database, as it is or as it was at a past time, into a new one, as a job."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import catalog.services
import engine
from accounts.principal import AccountPrincipal
from engine.context import now
from engine.jobs import Clone
from features.jobs.models import Job, Task
from features.jobs.services.leases import Lease, principal_of
from features.jobs.services.submission import record

_NO_HISTORY = "The collection {!r} keeps no history, so its past state is unknown."


def clone_to(
    principal: AccountPrincipal,
    database_id: str,
    *,
    name: object,
    at: datetime | None,
    reader: AccountPrincipal | None = None,
) -> tuple[str, str]:
    """Record the job, and return its id and that of the new database. `at` is naive UTC; None means now.

    `reader` is who reads the source, where that is not the principal.
    """
    reader = reader or principal
    database = catalog.services.access.open_database(reader, database_id, surface="management")
    database.require(engine.Action.READ)
    handles = [database.collection(collection) for collection in database.specs]
    if at is not None:
        for handle in handles:
            if not handle.spec.history:
                raise engine.Invalid.of_field("as_of", _NO_HISTORY.format(handle.spec.name))
            handle.history.reach(at)
    clone_id = catalog.services.cloning.begin_clone(principal, database_id, name=name, reader=reader)
    at = at or now()
    try:
        files = catalog.services.cloning.open_clone_files(reader, database_id, clone_id, at=at)
        job_id = record(
            reader,
            database,
            task=Task.CLONE,
            plan={"clone_id": clone_id, "moment": at.isoformat()},
            size=sum(handle.count() for handle in handles) + (files.weight() if files else 0),
        )
    except engine.Error:
        catalog.services.cloning.abandon_clone(clone_id)
        raise
    return job_id, clone_id


def clone(job: Job, lease: Lease) -> None:
    """Copy the documents and files, and publish the clone when it is complete."""
    clone_id, at = job.plan["clone_id"], datetime.fromisoformat(job.plan["moment"])
    clone_args = (principal_of(job), job.database_id, clone_id)
    copied_documents = 0
    for source, target in catalog.services.cloning.open_clone(*clone_args):
        copied_documents += Clone(source, target, at).run(
            partial(_save_progress, job, lease, previous=copied_documents)
        )
    files = catalog.services.cloning.open_clone_files(*clone_args, at=at)
    copied_files = files.run(partial(_save_progress, job, lease, previous=copied_documents)) if files else 0
    result = {"database_id": clone_id, "copied": copied_documents, "files": copied_files}
    lease.save(rows=copied_documents, position=job.size, result=result)
    catalog.services.cloning.publish_clone(clone_id, at=now())


def _save_progress(job: Job, lease: Lease, count: int, *, previous: int) -> None:
    lease.save_periodically(position=min(previous + count, job.size), rows=previous + count)


def undo(job: Job) -> None:
    catalog.services.cloning.abandon_clone(job.plan["clone_id"])
