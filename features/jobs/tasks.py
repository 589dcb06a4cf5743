"""The background tasks of jobs."""

import logging
import time

from celery import shared_task
from kombu.exceptions import OperationalError

import catalog.waiting
import engine
from accounts.principal import Principal
from engine.suspension import blocking
from features.jobs import services

log = logging.getLogger("datacube.jobs")
# A waiting caller looks at a job after this time, which doubles.
_MIN_POLL_SECONDS, _MAX_POLL_SECONDS = 0.1, 1.0
_NUMBERED = "The rows of {!r} are being numbered for the first time. Try again in a moment."


@shared_task
def run_job(job_id: str) -> None:
    """Run one job; safe to call twice."""
    services.run(job_id)


@shared_task
def resume_jobs() -> None:
    """Queue each job that no worker holds, and remove orphaned files."""
    for job_id in services.stalled():
        run_job.delay(job_id)
    services.remove_orphans()


@shared_task
def delete_finished() -> None:
    """Delete the records of jobs that finished long ago."""
    services.delete_finished()


def start(principal: Principal, job_id: str) -> services.Status:
    """Run a small job now, or queue a large one for a worker; return its status."""
    if services.status(principal, job_id).is_small:
        services.run(job_id)
    else:
        enqueue(job_id)
    return services.status(principal, job_id)


def resume(principal: Principal, job_id: str) -> services.Status:
    """Queue a cancelled import again; return its status. Without a queue the scheduler starts it."""
    services.resume(principal, job_id)
    try:
        run_job.delay(job_id)
    except OperationalError:
        log.warning("job %s waits for the queue", job_id)
    return services.status(principal, job_id)


def wait(principal: Principal, job_id: str, *, until: float) -> services.Status:
    """Wait for the end of a job, at the longest until a time of `time.monotonic`, and return its status."""
    status = services.status(principal, job_id)
    delay = _MIN_POLL_SECONDS
    while not status.has_ended and time.monotonic() < until:
        catalog.waiting.wait(delay)
        delay = min(2 * delay, _MAX_POLL_SECONDS)
        status = services.status(principal, job_id)
    return status


@blocking
def ensure_rowids(database: engine.Database, name: str) -> None:
    """Give each document of a collection its rowid. Raises `Unavailable` while a large collection is numbered."""
    job_id = services.number_rows(database, name)
    if job_id is None:
        return
    if services.is_small(job_id):
        services.run(job_id)
    else:
        enqueue(job_id)
    if not services.is_done(job_id):
        raise engine.Unavailable(_NUMBERED.format(name), retry_after=5)


def enqueue(job_id: str) -> None:
    """Queue a new job for a worker. Without a queue the job is discarded, and `Unavailable` is raised."""
    try:
        run_job.delay(job_id)
    except OperationalError as error:
        services.discard(job_id)
        raise engine.Unavailable("The job could not be queued. Try again.", retry_after=5) from error
