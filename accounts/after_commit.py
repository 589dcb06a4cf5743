"""Queues tasks after the transaction; the response neither waits for the queue nor depends on it."""

from __future__ import annotations

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger("datacube.accounts")


def after_commit(task: str, argument: int | str, *others: str) -> None:
    """Queue `accounts.tasks.<task>(argument, …)`, an id or an address, after the current transaction commits."""
    transaction.on_commit(partial(_send, task, argument, *others))


def _send(task: str, argument: int | str, *others: str) -> None:
    try:
        current_app.send_task(f"accounts.tasks.{task}", args=[argument, *others])
    except OperationalError:
        subject = f"user {argument}" if isinstance(argument, int) else "an address"
        log.warning("not queued, the broker is unreachable: %s for %s", task, subject)
