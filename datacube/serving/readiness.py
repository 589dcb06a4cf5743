"""The checks that must pass for the service to be ready."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from django.conf import settings
from django.db import connection
from redis import Redis

import catalog.services
from web.throttling import redis_py_url


@cache
def queue_client() -> Redis:
    return Redis.from_url(redis_py_url(settings.REDIS_URL), socket_timeout=1, socket_connect_timeout=1)


def _platform() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _documents() -> None:
    catalog.services.access.store().ping()


def _queue() -> None:
    queue_client().ping()


CHECKS: Mapping[str, Callable[[], None]] = {
    "platform": _platform,
    "documents": _documents,
    "queue": _queue,
}
