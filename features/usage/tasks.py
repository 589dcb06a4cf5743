"""The background work of usage statistics."""

from celery import shared_task

from features.usage import services


@shared_task
def measure_storage() -> None:
    """Notes how large every database is."""
    services.measure_storage()


@shared_task
def forget_old() -> None:
    """Removes what is too old to be shown."""
    services.forget_old()
