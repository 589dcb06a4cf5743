"""Submits jobs and reports their progress."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Q
from django.utils import timezone

import catalog.services
import engine
from accounts.principal import AccountPrincipal, Principal
from engine.context import id_prefix
from engine.errors import KINDS
from engine.jobs import OnDuplicate
from features.jobs import spool
from features.jobs.models import OPEN, Job, JobState, Task
from features.jobs.spool import ReadableFile

_ORPHAN_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Status:
    """The progress of a job; `percent` counts bytes read or documents processed, `errors` are the first errors.

    `at` is the time that a restore or a clone goes back to, `rejected_count` the number of rows that an import has
    left out because of their errors.
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

    @property
    def has_ended(self) -> bool:
        return self.state not in OPEN

    @property
    def is_small(self) -> bool:
        """Return whether the job runs while its caller waits; applies to jobs that count documents."""
        return self.total <= settings.INLINE_JOB_DOCUMENTS


def record(
    principal: AccountPrincipal,
    database: engine.Database,
    *,
    task: Task,
    plan: dict[str, Any],
    size: int,
    collection: str = "",
) -> str:
    """Record a new job that no worker holds yet, and return its id; `size` is the number of documents."""
    grant = grant_of(principal, database)
    return _create(database, task=task, plan=plan, size=size, collection=collection, grant=grant)


def record_for_service(database: engine.Database, *, task: Task, size: int, collection: str, actor: str) -> str:
    """Record a job of the service itself, as `record`. It needs no grant: it opens the database as the service."""
    return _create(database, task=task, plan={}, size=size, collection=collection, grant={"actor": actor})


def submit_contents(
    principal: AccountPrincipal,
    *,
    database_id: str,
    team: int,
    actions: Iterable[engine.Action],
    file: ReadableFile,
    plan: dict[str, Any],
    size: int,
) -> str:
    """Store a file, record the job that makes the content of a database of it, and return the job's id.

    The database belongs to the team, and may be invisible yet; `size` is the number of rows.
    """
    job = Job(
        id=secrets.token_hex(16),
        task=Task.CONTENTS,
        database_id=database_id,
        grant={**_rights(principal, actions), "teams": [team]},
        plan=plan,
        prefix=id_prefix(),
        size=size,
        lease_until=timezone.now() + timedelta(seconds=settings.IMPORT_LEASE_SECONDS),
    )
    record_with_file(job, file)
    return job.pk


def _create(
    database: engine.Database,
    *,
    task: Task,
    plan: dict[str, Any],
    size: int,
    collection: str,
    grant: dict[str, Any],
) -> str:
    job = Job.objects.create(
        id=secrets.token_hex(16),
        task=task,
        database_id=database.id,
        collection=collection,
        grant=grant,
        plan=plan,
        size=size,
        lease_until=timezone.now() + timedelta(seconds=settings.IMPORT_LEASE_SECONDS),
    )
    return job.pk


def record_with_file(job: Job, file: ReadableFile) -> None:
    """Store the file of a new job, then the job; without the job the file is removed again."""
    spool.store(job.pk, file)
    try:
        job.save(force_insert=True)
    except DatabaseError:
        spool.remove(job.pk)
        raise


def status(principal: Principal, job_id: str) -> Status:
    """Return the status of a job. Raises `NotFound` for an unknown job and for one of another team."""
    job = Job.objects.filter(pk=job_id).first()
    if job is None:
        raise engine.NotFound("Not found or access denied")
    _check_visible(principal, job)
    return _status(job)


def _check_visible(principal: Principal, job: Job) -> None:
    """Raise `NotFound` unless the principal may see the database, or will see the one that the job creates."""
    if not job.plan.get("creates"):
        catalog.services.access.open_database(principal, job.database_id)
    elif not principal.actions(team_id=job.grant["teams"][0], database_id=job.database_id):
        raise engine.NotFound("Not found or access denied")


def is_small(job_id: str) -> bool:
    """Return whether a job that counts documents runs while its caller waits."""
    return Job.objects.filter(pk=job_id, size__lte=settings.INLINE_JOB_DOCUMENTS).exists()


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


def delete_finished() -> None:
    """Delete the records of jobs that finished more than JOB_DAYS ago.

    Schema changes that were made stay: a restore to a time before them reports what has changed since.
    """
    declared = Q(state=JobState.DONE) | Q(plan__declared=True)
    schema_changes = Job.objects.filter(declared, task=Task.SCHEMA, plan__dry_run=False)
    finished = Job.objects.filter(finished_at__lt=timezone.now() - timedelta(days=settings.JOB_DAYS))
    finished.exclude(pk__in=schema_changes.values("pk")).delete()


def remove_orphans() -> None:
    """Remove files whose jobs were never recorded because of a crash, and old files that jobs made."""
    spool.remove_results(seconds=_ORPHAN_SECONDS)
    for job_id in spool.older_than(seconds=_ORPHAN_SECONDS):
        if not Job.objects.filter(pk=job_id, state__in=OPEN).exists():
            spool.remove(job_id)


def _status(job: Job) -> Status:
    counts_rows = job.state in (JobState.RUNNING, JobState.DONE) or keeps_changes(job)
    rejected = job.result.get("rejected", 0) if job.task == Task.IMPORT and counts_rows else 0
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
    )


def keeps_changes(job: Job) -> bool:
    """Return whether the job is an import that changes documents, of which nothing is undone when it fails."""
    changes = (OnDuplicate.UPSERT, OnDuplicate.REPLACE)
    return job.plan.get("on_duplicate") in changes and not job.makes_collection


def stalled() -> list[str]:
    """Return the unfinished jobs that no worker holds."""
    return list(Job.objects.filter(state__in=OPEN, lease_until__lt=timezone.now()).values_list("pk", flat=True))


def grant_of(principal: AccountPrincipal, database: engine.Database) -> dict[str, Any]:
    """Return what the job may do, even if the key changes later."""
    return _rights(principal, database.allowed)


def _rights(principal: AccountPrincipal, actions: Iterable[engine.Action]) -> dict[str, Any]:
    return {
        "actor": principal.actor,
        "user_id": principal.user_id,
        "teams": list(principal.teams),
        "actions": sorted(actions),
    }
