"""Ending an import before its end: whoever works on it takes back what it has brought."""

from __future__ import annotations

import catalog.services
import engine
from accounts.principal import Principal
from features.jobs.models import OPEN, Job, State, Task
from features.jobs.services.submission import Status, status

_CANCELLED = "The import was cancelled."


def cancel(principal: Principal, job_id: str) -> Status:
    """Asks for it, and tells how far the job is; `Conflict` where there is nothing to end any more.

    Only the worker may undo, for it alone knows that it writes no more; it looks before each batch.
    """
    status(principal, job_id)
    job = Job.objects.get(pk=job_id)
    database = catalog.services.open_database(principal, job.database_id)
    database.require(engine.Action.INSERT)
    if job.task != Task.IMPORT:
        raise engine.Conflict("Only an import can be cancelled.")
    if job.state not in OPEN:
        raise engine.Conflict(f"The import has ended: it is {job.state}.")
    Job.objects.filter(pk=job_id, state__in=(State.QUEUED, State.RUNNING)).update(
        plan={**job.plan, "cancelled": True}
    )
    return status(principal, job_id)


def check_wanted(job: Job) -> None:
    """Raises `Conflict` where somebody has cancelled the job since it was looked at."""
    plan = Job.objects.values_list("plan", flat=True).get(pk=job.pk)
    if plan.get("cancelled"):
        raise engine.Conflict(_CANCELLED)
