"""The background work of jobs."""

from celery import shared_task
from kombu.exceptions import OperationalError

import engine
from accounts.principal import Principal
from features.jobs import services


@shared_task
def run_job(job_id: str) -> None:
    """Works on one job; safe to run twice."""
    services.run(job_id)


@shared_task
def resume_jobs() -> None:
    """Wakes somebody up for each job that nobody is working on."""
    for job_id in services.stalled():
        run_job.delay(job_id)
    services.remove_orphans()


@shared_task
def forget_finished() -> None:
    """Removes the records of jobs that ended long ago."""
    services.forget_finished()


def start(principal: Principal, job_id: str) -> services.Status:
    """Does a small job at once, wakes a worker up for a large one, and tells how far it is."""
    if services.status(principal, job_id).is_small:
        services.run(job_id)
    else:
        enqueue(job_id)
    return services.status(principal, job_id)


def enqueue(job_id: str) -> None:
    """Wakes a worker up for a new job; without a queue the job is not accepted after all."""
    try:
        run_job.delay(job_id)
    except OperationalError as problem:
        services.discard(job_id)
        raise engine.Unavailable("Long work cannot be accepted just now.", retry_after=5) from problem
