"""Delivers what happens, off-request and in a queue of its own; every task may run twice."""

from __future__ import annotations

from celery import shared_task

from features.webhooks import services

# Whoever waits in the queue for longer than that is named again.
_PATIENCE = 10


@shared_task
def gather() -> None:
    """Records what happened, and wakes somebody up for each webhook that has something due."""
    services.gather()
    _wake()


@shared_task
def deliver(webhook_id: str) -> None:
    """One turn; then it is that of whoever waits for longest."""
    if services.deliver(webhook_id):
        _wake()


def _wake() -> None:
    for webhook_id in services.waiting():
        deliver.apply_async([webhook_id], expires=_PATIENCE)


@shared_task
def forget_old() -> None:
    """Removes the record of deliveries that ended long ago."""
    services.forget_old()
