"""Queues tasks after the transaction; the response neither waits for the queue nor depends on it."""

from __future__ import annotations

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger("datacube.accounts")


def after_commit(task: str, user_id: int) -> None:
    """Queue `accounts.tasks.<task>(user_id)` after the current transaction, if any, commits."""
    transaction.on_commit(partial(_send, task, user_id))


def _send(task: str, user_id: int) -> None:
    try:
        current_app.send_task(f"accounts.tasks.{task}", args=[user_id])
    except OperationalError:
        log.warning("not queued, the broker is unreachable: %s for user %s", task, user_id)
