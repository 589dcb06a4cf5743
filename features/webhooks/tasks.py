"""Background tasks of webhooks, in a queue of their own. Every task may run twice."""

from __future__ import annotations

from celery import shared_task

from features.webhooks import services

# A task that waits in the queue for longer expires; the webhook is queued again.
_EXPIRES_SECONDS = 10


@shared_task
def gather() -> None:
    """Record deliveries of new events, and queue every webhook that has due deliveries."""
    services.gather()
    _queue_waiting()


@shared_task
def deliver(webhook_id: str) -> None:
    """Deliver for one webhook, then queue the webhooks that are waiting."""
    if services.deliver(webhook_id):
        _queue_waiting()


def _queue_waiting() -> None:
    for webhook_id in services.waiting():
        deliver.apply_async((webhook_id,), expires=_EXPIRES_SECONDS)


@shared_task
def forget_old() -> None:
    """Delete the records of deliveries that ended long ago."""
    services.forget_old()
