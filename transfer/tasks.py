"""The background work of imports."""

from celery import shared_task
from kombu.exceptions import OperationalError

import engine
from transfer import services


@shared_task
def run_import(job_id: str) -> None:
    """Works on one import; safe to run twice."""
    services.run(job_id)


@shared_task
def resume_imports() -> None:
    """Wakes somebody up for each import that nobody is working on."""
    for job_id in services.stalled():
        run_import.delay(job_id)
    services.tidy()


@shared_task
def forget_finished() -> None:
    """Removes the records of jobs that ended long ago."""
    services.forget_finished()


def start(job_id: str) -> None:
    """Wakes a worker up for a new job; without a queue the job is not accepted after all."""
    try:
        run_import.delay(job_id)
    except OperationalError as problem:
        services.discard(job_id)
        raise engine.Unavailable("Imports cannot be accepted just now.", retry_after=5) from problem
