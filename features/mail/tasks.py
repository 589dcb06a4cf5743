"""Sends mails off-request."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from kombu.exceptions import OperationalError

import engine
from features.mail import services

_RETRIES = 8
_LONGEST_PAUSE = 600


@shared_task(bind=True, max_retries=_RETRIES)
def send(task: Any, database_id: str, mail_id: str) -> None:
    """Safe to run twice, but for a worker that dies between the mail server's answer and its record."""
    try:
        services.send(database_id, mail_id)
    except engine.NotFound:
        return  # the database went, and its mails with it
    except (OSError, engine.Unavailable) as problem:
        if task.request.retries >= _RETRIES:
            services.give_up(database_id, mail_id)
            return
        raise task.retry(exc=problem, countdown=min(5 * 2**task.request.retries, _LONGEST_PAUSE)) from problem


def start(database_id: str, mail_ids: list[str]) -> None:
    """Hands recorded mails to the queue; without one they will not be sent, and are noted so."""
    for place, mail_id in enumerate(mail_ids):
        try:
            send.delay(database_id, mail_id)
        except OperationalError as problem:
            for left in mail_ids[place:]:
                services.give_up(database_id, left)
            raise engine.Unavailable("Mails cannot be accepted just now.", retry_after=5) from problem
