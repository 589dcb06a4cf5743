"""Copies a database, as it is or as it was at a moment, into a new one, as a job."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import catalog.services
import engine
from accounts.principal import Principal
from features.jobs.models import Job, Task
from features.jobs.services.leases import Lease, principal_of
from features.jobs.services.submission import record

_NO_HISTORY = "The collection {!r} keeps no history, so what it was is not known."


def clone_to(principal: Principal, database_id: str, *, name: object, at: datetime | None) -> tuple[str, str]:
    """Records the job, and answers its id and that of the new database; `moment` is naive UTC, None is now."""
    database = catalog.services.open_database(principal, database_id, surface="management")
    database.require(engine.Action.READ)
    handles = [database.collection(collection) for collection in database.specs]
    for handle in handles if at else ():
        if not handle.spec.history:
            raise engine.Invalid.of_field("as_of", _NO_HISTORY.format(handle.spec.name))
        handle.history.reach(at)
    clone_id = catalog.services.begin_clone(principal, database_id, name=name)
    at = at or engine.now()
    try:
        files = catalog.services.open_clone_files(principal, database_id, clone_id, moment=at)
        job_id = record(
            principal,
            database,
            task=Task.CLONE,
            plan={"clone_id": clone_id, "moment": at.isoformat()},
            size=sum(handle.count() for handle in handles) + (files.weight() if files else 0),
        )
    except engine.Error:
        catalog.services.abandon_clone(clone_id)
        raise
    return job_id, clone_id


def clone(job: Job, lease: Lease) -> None:
    """The clone is shown when it is whole."""
    clone_id, moment = job.plan["clone_id"], datetime.fromisoformat(job.plan["moment"])
    begun = (principal_of(job), job.database_id, clone_id)
    done = 0
    for source, target in catalog.services.open_clone(*begun):
        done += engine.Clone(source, target, moment).run(partial(_told, job, lease, before=done))
    files = catalog.services.open_clone_files(*begun, moment=moment)
    copied = files.run(partial(_told, job, lease, before=done)) if files else 0
    result = {"database_id": clone_id, "copied": done, "files": copied}
    lease.save(rows=done, position=job.size, result=result)
    catalog.services.publish_clone(clone_id, moment=engine.now())


def _told(job: Job, lease: Lease, count: int, *, before: int) -> None:
    lease.save_now_and_then(position=min(before + count, job.size), rows=before + count)


def undo(job: Job) -> None:
    catalog.services.abandon_clone(job.plan["clone_id"])
