"""Cancels imports, whose documents the worker deletes, and keeps collections of running jobs from being renamed."""

from __future__ import annotations

import catalog.services
import engine
from accounts.principal import Principal
from features.jobs.models import OPEN, Job, JobState, Task
from features.jobs.services.submission import Status, status

_CANCELLED = "The import was cancelled."


def cancel(principal: Principal, job_id: str) -> Status:
    """Mark an import as cancelled and return its status. Raises `Conflict` for a finished job and for other tasks.

    Only the worker rolls back, since only it knows that it writes no more; it looks for the mark when it renews its
    lease, and before it publishes what it has read.
    """
    status(principal, job_id)
    job = Job.objects.get(pk=job_id)
    database = catalog.services.access.open_database(principal, job.database_id)
    database.require(engine.Action.INSERT)
    if job.task != Task.IMPORT:
        raise engine.Conflict("Only an import can be cancelled.")
    if job.state not in OPEN:
        raise engine.Conflict(f"The import has ended: it is {job.state}.")
    Job.objects.filter(pk=job_id, state__in=(JobState.QUEUED, JobState.RUNNING)).update(
        plan={**job.plan, "cancelled": True}
    )
    return status(principal, job_id)


def check_not_cancelled(job: Job) -> None:
    """Raise `Conflict` where the job has been cancelled since it was read."""
    plan = Job.objects.values_list("plan", flat=True).get(pk=job.pk)
    if plan.get("cancelled"):
        raise engine.Conflict(_CANCELLED)


def rename_collection(database_id: str, name: str, *, to: str) -> None:
    """Let finished jobs of a renamed collection name it as it is now; see COLLECTION_RENAMED.

    Raises `Conflict` while one runs, since it opens the collection by name.
    """
    jobs = Job.objects.filter(database_id=database_id, collection=name)
    if jobs.filter(state__in=OPEN).exists():
        raise engine.Conflict(f"A job of the collection {name!r} runs. Wait until it ends, or cancel it.")
    jobs.update(collection=to)


def forget_database(database_id: str) -> None:
    """Delete the records of the jobs of a database that does not exist any more."""
    Job.objects.filter(database_id=database_id).delete()
