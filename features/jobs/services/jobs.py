"""Doing a job so that it ends by itself, whoever is killed while it runs.

The job's row is the truth, the queue only wakes somebody up. Whoever works holds a lease and renews it, and each
task may be begun again at any point.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import InterfaceError, OperationalError
from django.utils import timezone

import engine
from features.jobs import spool
from features.jobs.models import Job, State, Task
from features.jobs.services import cloning, importing, reshaping, restoring
from features.jobs.services.leases import Lease, LostLease

log = logging.getLogger("datacube.transfer")
_SHOWN_ERRORS = 20
_MOST_TEXT = 1_000


@dataclass(frozen=True)
class Work:
    """How a task is done, and how what it has left half done is taken back."""

    do: Callable[[Job, Lease], None]
    undo: Callable[[Job], None]


_WORK: dict[str, Work] = {
    Task.IMPORT: Work(importing.load, importing.undo),
    Task.SCHEMA: Work(reshaping.reshape, reshaping.leave),
    Task.RESTORE: Work(restoring.restore, restoring.leave),
    Task.CLONE: Work(cloning.clone, cloning.undo),
}


def run(job_id: str) -> None:
    """Works on a job until it is done or failed; safe to call at any time, by anybody, again."""
    lease = Lease(job_id)
    job = lease.take()
    if job is None:
        return
    try:
        _work(job, lease)
    except LostLease:
        log.info("job %s is somebody else's now", job_id)
    except engine.Unavailable:
        log.warning("job %s waits for the document store", job_id)
        lease.release()


def _work(job: Job, lease: Lease) -> None:
    if job.state != State.ROLLING_BACK:
        try:
            lease.save(state=State.RUNNING)
            _WORK[job.task].do(job, lease)
            lease.save(state=State.DONE, finished_at=timezone.now())
            spool.remove(job.pk)
            return
        except engine.TimedOut as problem:
            _give_up(problem, lease)  # it would take as long again
        except (engine.Unavailable, OperationalError, InterfaceError, LostLease):
            raise
        except Exception as problem:  # noqa: BLE001 - the root of a task
            _give_up(problem, lease)
    _WORK[job.task].undo(job)
    lease.save(state=State.FAILED, finished_at=timezone.now())
    spool.remove(job.pk)


def _give_up(problem: Exception, lease: Lease) -> None:
    known = problem
    if not isinstance(problem, engine.Error):
        log.error("job %s", lease.job_id, exc_info=problem)
        known = engine.Error("Something went wrong on our side.")
    lease.save(
        state=State.ROLLING_BACK,
        kind=type(known).__name__,
        message=_storable(known.message),
        errors=[_storable_fault(fault) for fault in known.errors[:_SHOWN_ERRORS]],
    )


def _storable_fault(fault: engine.FieldError) -> dict[str, Any]:
    return engine.FieldError(_storable(fault.field), _storable(fault.message), fault.index).as_dict()


def _storable(text: str) -> str:
    """Names come from the file: as long as a document, with NUL, which PostgreSQL cannot keep."""
    return text.replace("\0", "\ufffd")[:_MOST_TEXT]


def discard(job_id: str) -> None:
    """Forgets a job that nobody has begun."""
    job = Job.objects.filter(pk=job_id, state=State.QUEUED).first()
    if job is not None and Job.objects.filter(pk=job_id, state=State.QUEUED).delete()[0]:
        _WORK[job.task].undo(job)
        spool.remove(job_id)
