"""The status of jobs as their callers see it: of one, or of all that a caller may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

import catalog.services
import engine
from accounts.principal import AccountPrincipal, Principal, check_unlimited
from engine.errors import KINDS, invalid
from engine.jobs import OnDuplicate
from features.jobs.models import OPEN, Job, JobState, Task


@dataclass(frozen=True)
class Status:
    """The progress of a job; `percent` counts bytes read or documents processed, `errors` are the first errors.

    `at` is the time that a restore or a clone goes back to, `rejected_count` the number of rows that an import has
    left out because of their errors. `rate` is rows or documents a second since the start, as of the last progress.
    """

    job_id: str
    database_id: str
    task: str
    state: str
    dry_run: bool
    cancelled: bool
    at: str
    result: dict[str, Any]
    collection: str
    inserted_count: int
    percent: float
    done: int
    total: int
    message: str
    errors: list[dict[str, Any]]
    kind: str
    created_at: datetime
    finished_at: datetime | None
    rejected_count: int = 0
    rows: int = 0
    rate: float | None = None
    seconds_left: int | None = None

    @property
    def has_ended(self) -> bool:
        return self.state not in OPEN

    @property
    def is_small(self) -> bool:
        """Return whether the job runs while its caller waits; applies to jobs that count documents."""
        return self.total <= settings.INLINE_JOB_DOCUMENTS


def status(principal: Principal, job_id: str) -> Status:
    """Return the status of a job. Raises `NotFound` for an unknown job and for one of another team."""
    job = Job.objects.filter(pk=job_id).first()
    if job is None:
        raise engine.NotFound("Not found or access denied")
    _check_visible(principal, job)
    return status_of(job)


def _check_visible(principal: Principal, job: Job) -> None:
    """Raise `NotFound` unless the principal may see the database, or will see the one that the job creates.

    Raises `Forbidden` for a key that is limited to collections: errors of a job quote documents.
    """
    if not job.plan.get("creates"):
        catalog.services.access.open_database(principal, job.database_id)
    elif not principal.actions(team_id=job.grant["teams"][0], database_id=job.database_id):
        raise engine.NotFound("Not found or access denied")
    check_unlimited(principal)


def list_jobs(
    principal: AccountPrincipal, *, database_id: str, state: str, task: str, page: int, page_size: int
) -> tuple[list[Status], int]:
    """Return one page of the jobs of the databases that the principal sees, the newest first, and their number.

    Empty filters match all. Raises `NotFound` for an unknown database, `Invalid` for unknown states and tasks, and
    `Forbidden` for a key that is limited to collections.
    """
    check_unlimited(principal)
    errors = [
        engine.FieldError(name, f"Must be one of {', '.join(choices)}.")
        for name, value, choices in (("state", state, JobState.values), ("task", task, Task.values))
        if value and value not in choices
    ]
    if errors:
        raise invalid(errors)
    if database_id:
        jobs = Job.objects.filter(database_id=catalog.services.access.open_database(principal, database_id).id)
    else:
        visible = catalog.services.queries.visible_databases(principal).values("public_id")
        jobs = Job.objects.filter(database_id__in=visible)
    chosen = jobs.filter(**{name: value for name, value in (("state", state), ("task", task)) if value})
    start = (page - 1) * page_size
    rows = chosen.order_by("-created_at", "pk")[start : start + page_size]
    return [status_of(job) for job in rows], chosen.count()


def is_done(job_id: str) -> bool:
    """Return whether a job has succeeded."""
    return Job.objects.filter(pk=job_id, state=JobState.DONE).exists()


def error_of(status: Status) -> engine.Error:
    """Return the error that a failed job failed with."""
    kinds = {kind.__name__: kind for kind in KINDS}
    if status.kind not in kinds:
        raise RuntimeError(f"The job {status.job_id} failed; the log says why.")
    error = kinds[status.kind](status.message, errors=[engine.FieldError(**issue) for issue in status.errors])
    if status.result:
        error.details = {"result": status.result}
    return error


def status_of(job: Job) -> Status:
    """Return the status of a job that the caller may see."""
    counts_rows = job.state in (JobState.RUNNING, JobState.DONE) or keeps_changes(job)
    rejected = job.result.get("rejected", 0) if job.task == Task.IMPORT and counts_rows else 0
    rate, seconds_left = _speed(job)
    return Status(
        job_id=job.pk,
        database_id=job.database_id,
        task=job.task,
        state=job.state,
        dry_run=job.plan.get("dry_run", False),
        cancelled=job.plan.get("cancelled", False),
        at=job.plan.get("moment", ""),
        result=job.result,
        collection=job.collection,
        inserted_count=job.result.get("inserted", job.rows - rejected) if counts_rows else 0,
        rejected_count=rejected,
        percent=100.0 if job.state == JobState.DONE else round(100 * job.position / max(job.size, 1), 1),
        done=job.position,
        total=job.size,
        message=job.message,
        errors=job.errors,
        kind=job.kind,
        created_at=job.created_at,
        finished_at=job.finished_at,
        rows=job.rows,
        rate=rate,
        seconds_left=seconds_left,
    )


def _speed(job: Job) -> tuple[float | None, int | None]:
    """Return the rows or documents a second, and the seconds left of a running job; None where unknown."""
    if job.started_at is None:
        return None, None
    saved_at = job.lease_until - timedelta(seconds=settings.IMPORT_LEASE_SECONDS)
    seconds = ((job.finished_at or saved_at) - job.started_at).total_seconds()
    if seconds <= 0 or not job.position:
        return None, None
    rate = round((job.rows if job.task == Task.IMPORT else job.position) / seconds, 1)
    is_running = job.state == JobState.RUNNING
    return rate, round(seconds * max(job.size - job.position, 0) / job.position) if is_running else None


def keeps_changes(job: Job) -> bool:
    """Return whether the job is a failed import whose changes stay, as its collection has no history."""
    changes = (OnDuplicate.UPSERT, OnDuplicate.REPLACE)
    is_undone = "kept_ids" in job.result.get("rollback", {})
    return job.plan.get("on_duplicate") in changes and not job.makes_collection and not is_undone
