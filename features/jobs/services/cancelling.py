"""Cancels and resumes imports, and keeps collections of running jobs from being renamed."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

import catalog.services
import engine
from accounts.principal import Principal
from features.jobs import spool
from features.jobs.models import OPEN, Job, JobState, Task
from features.jobs.services.progress import Status, keeps_changes, status

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


def resume(principal: Principal, job_id: str) -> None:
    """Queue a cancelled import again, with the rights that it was submitted with.

    It begins at the first row, or, where it changes documents by a key, after the rows that it has done. Raises
    `Conflict` for other jobs, and where the file has been deleted, a day after it was sent.
    """
    status(principal, job_id)
    job = Job.objects.get(pk=job_id)
    catalog.services.access.open_database(principal, job.database_id).require(engine.Action.INSERT)
    if job.state != JobState.FAILED or not job.plan.get("cancelled"):
        raise engine.Conflict("Only an import that was cancelled and has ended can be resumed.")
    if not spool.path_of(job_id).exists():
        raise engine.Conflict("The file of the import has been deleted; send it again.")
    plan = {name: value for name, value in job.plan.items() if name != "cancelled"}
    if not keeps_changes(job):
        plan["ledger"] = secrets.token_hex(16)
    Job.objects.filter(pk=job_id, state=JobState.FAILED).update(
        state=JobState.QUEUED,
        plan=plan,
        rows=0,
        position=0,
        result={},
        message="",
        errors=[],
        kind="",
        lease_owner="",
        lease_until=timezone.now() + timedelta(seconds=settings.IMPORT_LEASE_SECONDS),
        started_at=None,
        finished_at=None,
    )


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
