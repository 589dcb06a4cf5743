"""The background work of insights."""

from celery import shared_task

from insights import services


@shared_task
def measure_storage() -> None:
    """Notes how large every database is."""
    services.measure_storage()


@shared_task
def forget_old() -> None:
    """Removes what is too old to be shown."""
    services.forget_old()
