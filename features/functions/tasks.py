"""Background tasks of functions. A call by a schedule may run twice if a worker dies."""

from __future__ import annotations

import logging

from celery import shared_task

import engine
from features.functions.services import unattended

log = logging.getLogger("datacube.functions")


@shared_task
def run_due() -> None:
    """Queue a call of each function whose schedule is due."""
    for function_id in unattended.take_due():
        run_scheduled.delay(function_id)


@shared_task(
    autoretry_for=(engine.LimitExceeded, engine.Unavailable), max_retries=10, retry_backoff=2, retry_jitter=False
)
def run_scheduled(function_id: str) -> None:
    """Call a function by its schedule; tries again later while its team runs as many functions as it may."""
    try:
        unattended.run_scheduled(function_id)
    except engine.NotFound:
        log.info("the function %s was deleted before its call", function_id)
