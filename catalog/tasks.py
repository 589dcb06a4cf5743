"""Background tasks of the catalog."""

from celery import shared_task
from celery.signals import worker_ready

from catalog import services


@shared_task
def sweep() -> None:
    """Remove entries that a crash left half created or half dropped."""
    services.deletion.sweep()


@shared_task
def drop_expired() -> None:
    """Drop the databases that belong to nobody and have expired."""
    services.metadata.anonymous.drop_expired()


@shared_task
def prune() -> None:
    """Delete the versions beyond the retention of their collections."""
    services.retention.prune()


@worker_ready.connect
def abort_orphaned_transactions(**_: object) -> None:
    """Abort what a killed worker or web process left open in MongoDB."""
    services.access.abort_orphaned_transactions()
