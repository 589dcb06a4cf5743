"""The background task of backups."""

from celery import shared_task

from features.backups import schedule
from features.backups.services import databases


@shared_task
def take_if_due() -> None:
    """Take a backup if one is due, and delete archives that belong to nobody."""
    schedule.take_if_due()
    databases.remove_orphans()
