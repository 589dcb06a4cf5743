"""Hands a task to the queue after the transaction; the caller's answer never waits on, or tells of, the queue."""

from __future__ import annotations

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger("datacube.accounts")


def after_commit(task: str, user_id: int) -> None:
    """Queues `accounts.tasks.<task>(user_id)` once the current transaction, if any, is committed."""
    transaction.on_commit(partial(_send, task, user_id))


def _send(task: str, user_id: int) -> None:
    try:
        current_app.send_task(f"accounts.tasks.{task}", args=[user_id])
    except OperationalError:
        log.warning("not queued, the broker is out of reach: %s for user %s", task, user_id)
