"""Background tasks of the catalog."""

import logging

from celery import shared_task
from celery.signals import worker_ready
from django.db import DatabaseError

import engine
from catalog import services
from catalog.services.clusters import moving
from catalog.services.stores import clusters

log = logging.getLogger("datacube.catalog")


@shared_task
def sweep() -> None:
    """Remove entries that a crash left half created or half dropped."""
    services.deletion.sweep()


@shared_task
def drop_expired() -> None:
    """Drop the databases that belong to nobody and have expired."""
    services.metadata.anonymous.drop_expired()


@shared_task
def recover_moves() -> None:
    """Roll back or complete the moves between clusters whose processes have ended."""
    moving.recover()


@shared_task
def prune() -> None:
    """Delete the versions beyond the retention of their collections."""
    services.retention.prune()


@worker_ready.connect
def abort_orphaned_transactions(**_: object) -> None:
    """Abort the transactions that killed processes of this host left open, so that they block no document.

    Logs a failure: without the rights, or while MongoDB is away, its own limit ends them later.
    """
    for name in _names():
        try:
            count = clusters.store(name).abort_orphaned_transactions()
        except engine.Error as error:
            log.warning("transactions of killed processes were not aborted on %s: %s", name, error)
        else:
            if count:
                log.info("aborted %d transactions of killed processes on %s", count, name)


def _names() -> list[str]:
    try:
        return clusters.names()
    except DatabaseError:
        return [clusters.MAIN]
