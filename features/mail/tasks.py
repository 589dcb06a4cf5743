"""Background tasks that send mails."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from kombu.exceptions import OperationalError

import engine
from features.mail import services

_MAX_RETRIES = 8
_MAX_DELAY_SECONDS = 600


@shared_task(bind=True, max_retries=_MAX_RETRIES)
def send(task: Any, database_id: str, mail_id: str) -> None:
    """Send a mail, and retry while the mail server does not accept it.

    A worker that dies before it records the result sends it twice.
    """
    try:
        services.send(database_id, mail_id)
    except engine.NotFound:
        return  # the database was dropped, and its mails with it
    except (OSError, engine.Unavailable) as error:
        if task.request.retries >= _MAX_RETRIES:
            services.give_up(database_id, mail_id)
            return
        raise task.retry(exc=error, countdown=min(5 * 2**task.request.retries, _MAX_DELAY_SECONDS)) from error


def start(database_id: str, mail_ids: list[str]) -> None:
    """Queue recorded mails. If the queue is unreachable the rest is recorded as failed; raises `Unavailable`."""
    for index, mail_id in enumerate(mail_ids):
        try:
            send.delay(database_id, mail_id)
        except OperationalError as error:
            for remaining_id in mail_ids[index:]:
                services.give_up(database_id, remaining_id)
            raise engine.Unavailable("Mail cannot be queued at the moment; try again.", retry_after=5) from error
