"""The background tasks of usage statistics."""

from celery import shared_task

from features.usage import services


@shared_task
def measure_storage() -> None:
    """Record the size of every database."""
    services.measure_storage()


@shared_task
def delete_old() -> None:
    """Delete counts that are older than their retention period."""
    services.delete_old()
