"""The background task of backups."""

from celery import shared_task

from features.backups import schedule


@shared_task
def take_if_due() -> None:
    """Take a backup if one is due."""
    schedule.take_if_due()
