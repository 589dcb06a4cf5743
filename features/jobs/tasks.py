"""The background tasks of jobs."""

from celery import shared_task
from kombu.exceptions import OperationalError

import engine
from accounts.principal import Principal
from features.jobs import services


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


def enqueue(job_id: str) -> None:
    """Queue a new job for a worker. Without a queue the job is discarded, and `Unavailable` is raised."""
    try:
        run_job.delay(job_id)
    except OperationalError as error:
        services.discard(job_id)
        raise engine.Unavailable("The job could not be queued. Try again.", retry_after=5) from error
