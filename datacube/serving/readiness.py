"""The checks that must pass for the service to be ready."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial

from django.conf import settings
from django.db import connection
from redis import Redis

from catalog.services.stores import clusters
from web.throttling import redis_py_url


@cache
def queue_client() -> Redis:
    return Redis.from_url(redis_py_url(settings.REDIS_URL), socket_timeout=1, socket_connect_timeout=1)


def _platform() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _documents() -> None:
    clusters.store().ping()


def _queue() -> None:
    queue_client().ping()


def other_clusters() -> Mapping[str, Callable[[], None]]:
    """Return the checks of the other clusters. Without one of these, the databases of all others are served."""
    return {f"documents:{name}": partial(_ping, name) for name in clusters.names()[1:]}


def _ping(cluster: str) -> None:
    clusters.store(cluster).ping()


CHECKS: Mapping[str, Callable[[], None]] = {
    "platform": _platform,
    "documents": _documents,
    "queue": _queue,
}
