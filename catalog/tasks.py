"""The catalog's background work."""

from celery import shared_task
from celery.signals import worker_ready

from catalog import services


@shared_task
def sweep() -> None:
    """Finishes what a crash left half made or half dropped."""
    services.sweep()


@shared_task
def prune() -> None:
    """Removes the versions that are kept no longer."""
    services.prune()


@worker_ready.connect
def abort_orphaned_transactions(**_: object) -> None:
    """Abort what a killed worker or web process left open in MongoDB."""
    services.abort_orphaned_transactions()
