"""Submits jobs and reports their progress."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone

import engine
from accounts.principal import AccountPrincipal, check_unlimited
from audit import services as audit
from catalog.services.queries import team_of
from engine.context import id_prefix
from features.jobs import spool
from features.jobs.models import OPEN, Job, Task
from features.jobs.spool import ReadableFile

_ORPHAN_SECONDS = 24 * 3600


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


def record_new(
    principal: AccountPrincipal, *, database_id: str, team: int, task: Task, plan: dict[str, Any], size: int
) -> str:
    """Record the job that creates a database of the team, which is invisible yet, and return the job's id."""
    job = Job(
        id=secrets.token_hex(16),
        task=task,
        database_id=database_id,
        grant={**_rights(principal, engine.ALL_ACTIONS), "teams": [team]},
        plan={**plan, "creates": True},
        size=size,
        lease_until=timezone.now() + timedelta(seconds=settings.IMPORT_LEASE_SECONDS),
    )
    with transaction.atomic():
        job.save(force_insert=True)
        _audit(job, team=team)
    return job.pk


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
    record_with_file(job, file, team=team)
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
    with transaction.atomic():
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
        if not plan.get("dry_run"):
            _audit(job)
    return job.pk


def _audit(job: Job, *, team: int | None = None) -> None:
    """Add a job to the audit log: its kind and its collection, nothing of its plan.

    It is that of `team`, which an invisible database needs, or of the database's team.
    """
    audit.record(
        f"{job.task}.submit",
        actor=job.grant["actor"],
        team=team_of(job.database_id) if team is None else team,
        target=job.collection,
        database=job.database_id,
        job=job.pk,
    )


def record_with_file(job: Job, file: ReadableFile, *, team: int | None = None) -> None:
    """Store the file of a new job, then the job; without the job the file is removed again.

    `team` is that of an invisible database.
    """
    spool.store(job.pk, file)
    try:
        with transaction.atomic():
            job.save(force_insert=True)
            _audit(job, team=team)
    except DatabaseError:
        spool.remove(job.pk)
        raise


def is_small(job_id: str) -> bool:
    """Return whether a job that counts documents runs while its caller waits."""
    return Job.objects.filter(pk=job_id, size__lte=settings.INLINE_JOB_DOCUMENTS).exists()


def delete_finished() -> None:
    """Delete the records of jobs that finished more than JOB_DAYS ago."""
    Job.objects.filter(finished_at__lt=timezone.now() - timedelta(days=settings.JOB_DAYS)).delete()


def remove_orphans() -> None:
    """Remove files whose jobs were never recorded because of a crash, and old files that jobs made."""
    spool.remove_results(seconds=_ORPHAN_SECONDS)
    for job_id in spool.older_than(seconds=_ORPHAN_SECONDS):
        if not Job.objects.filter(pk=job_id, state__in=OPEN).exists():
            spool.remove(job_id)


def stalled() -> list[str]:
    """Return the unfinished jobs that no worker holds."""
    return list(Job.objects.filter(state__in=OPEN, lease_until__lt=timezone.now()).values_list("pk", flat=True))


def grant_of(principal: AccountPrincipal, database: engine.Database) -> dict[str, Any]:
    """Return what the job may do, even if the key changes later."""
    return _rights(principal, database.allowed)


def _rights(principal: AccountPrincipal, actions: Iterable[engine.Action]) -> dict[str, Any]:
    check_unlimited(principal)
    return {
        "actor": principal.actor,
        "user_id": principal.user_id,
        "teams": list(principal.teams),
        "actions": sorted(actions),
    }
