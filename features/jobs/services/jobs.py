"""Runs a job to its end, even when processes are killed while it runs.

The job's row is the truth; the queue only triggers a worker. A worker holds a lease and renews it, and each task
can be restarted at any point.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import timezone
from django.utils.module_loading import import_string

import engine
from features.jobs import spool
from features.jobs.models import Job, JobState, Task
from features.jobs.services import cloning, numbering, restoring, schema_change
from features.jobs.services.imports import importing
from features.jobs.services.leases import Lease, LostLease

log = logging.getLogger("datacube.jobs")
_MAX_ERRORS = 20
_MAX_TEXT_LENGTH = 1_000


@dataclass(frozen=True)
class TaskHandler:
    """The function that runs a task, and the one that rolls back an unfinished run."""

    do: Callable[[Job, Lease], None]
    undo: Callable[[Job], None]


_HANDLERS: dict[str, TaskHandler] = {
    Task.IMPORT: TaskHandler(importing.load, importing.undo),
    Task.SCHEMA: TaskHandler(schema_change.reshape, schema_change.leave),
    Task.RESTORE: TaskHandler(restoring.restore, restoring.leave),
    Task.CLONE: TaskHandler(cloning.clone, cloning.undo),
    Task.NUMBERING: TaskHandler(numbering.number, numbering.leave),
}


def _handler(task: str) -> TaskHandler:
    """Return the handler of a task; those of packages above this one are named in JOB_HANDLERS."""
    handler: TaskHandler = _HANDLERS.get(task) or import_string(settings.JOB_HANDLERS[task])
    return handler


def run(job_id: str) -> None:
    """Run a job until it is done or failed. Safe to call at any time and repeatedly."""
    lease = Lease(job_id)
    job = lease.take()
    if job is None:
        return
    try:
        _work(job, lease)
    except LostLease:
        log.info("job %s was taken over by another worker", job_id)
    except engine.Unavailable:
        log.warning("job %s waits for the document store", job_id)
        lease.release()


def _work(job: Job, lease: Lease) -> None:
    if job.state != JobState.ROLLING_BACK:
        try:
            lease.save(state=JobState.RUNNING, started_at=job.started_at or timezone.now())
            _handler(job.task).do(job, lease)
            lease.save(state=JobState.DONE, finished_at=timezone.now())
            spool.remove(job.pk)
            return
        except engine.TimedOut as error:
            _give_up(error, lease)  # a retry would take as long
        except (engine.Unavailable, OperationalError, InterfaceError, LostLease):
            raise
        except Exception as error:  # noqa: BLE001 - the root of a task
            _give_up(error, lease)
    _handler(job.task).undo(job)
    lease.save(state=JobState.FAILED, finished_at=timezone.now())
    if not Job.objects.filter(pk=job.pk, plan__cancelled=True).exists():  # `resume` reads the file again
        spool.remove(job.pk)


def _give_up(error: Exception, lease: Lease) -> None:
    if isinstance(error, engine.Error):
        reported = error
    else:
        log.error("job %s", lease.job_id, exc_info=error)
        reported = engine.Error("Something went wrong on our side.")
    lease.save(
        state=JobState.ROLLING_BACK,
        kind=type(reported).__name__,
        message=_storable(reported.message),
        errors=[_storable_issue(issue) for issue in reported.errors[:_MAX_ERRORS]],
    )


def _storable_issue(issue: engine.FieldError) -> dict[str, Any]:
    return engine.FieldError(_storable(issue.field), _storable(issue.message), issue.index).as_dict()


def _storable(text: str) -> str:
    """Return a text that PostgreSQL can store: names from the file may be very long and contain NUL."""
    return text.replace("\0", "\ufffd")[:_MAX_TEXT_LENGTH]


def discard(job_id: str) -> None:
    """Delete a job that has not been started, with its file."""
    job = Job.objects.filter(pk=job_id, state=JobState.QUEUED).first()
    if job is not None and Job.objects.filter(pk=job_id, state=JobState.QUEUED).delete()[0]:
        _handler(job.task).undo(job)
        spool.remove(job_id)
