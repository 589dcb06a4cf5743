"""The background task of the audit log."""

from celery import shared_task

from audit import services


@shared_task
def delete_old() -> None:
    """Delete the entries whose retention period is over."""
    services.delete_old()
