"""Delivers what happens, off-request; every task may run twice."""

from __future__ import annotations

from celery import shared_task

from webhooks import services


@shared_task
def gather() -> None:
    """Records what happened, and wakes somebody up for each delivery that is due."""
    services.gather()
    for delivery_id in services.due():
        deliver.delay(delivery_id)


@shared_task
def deliver(delivery_id: str) -> None:
    """One attempt."""
    services.deliver(delivery_id)


@shared_task
def forget_old() -> None:
    """Removes the record of deliveries that ended long ago."""
    services.forget_old()
