"""The catalog's background work."""

from celery import shared_task

from catalog import services


@shared_task
def sweep() -> None:
    """Finishes what a crash left half made or half dropped."""
    services.sweep()


@shared_task
def prune() -> None:
    """Removes the versions that are kept no longer."""
    services.prune()
