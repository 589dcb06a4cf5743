"""The latest requests of each database, in a capped list in Valkey that expires."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import orjson
import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from web.throttling import redis_py_url

log = logging.getLogger("datacube.usage")
MAX_REQUESTS = 200
_EXPIRE_SECONDS = 3_600
_SOCKET_SECONDS = 1.0


class Request(NamedTuple):
    """One finished request; `actor` is the actor's id as in documents, `at` in seconds since 1970."""

    at: float
    method: str
    route: str
    status: int
    ms: float
    actor: str


def push(recent: Sequence[tuple[str, Request]]) -> None:
    """Add requests to the lists of their databases, in one round trip."""
    by_database: dict[str, list[bytes]] = defaultdict(list)
    for database_id, request in recent:
        by_database[database_id].append(orjson.dumps(tuple(request)))
    pipeline = _client().pipeline(transaction=False)
    for database_id, lines in by_database.items():
        pipeline.lpush(_name(database_id), *lines[-MAX_REQUESTS:])
        pipeline.ltrim(_name(database_id), 0, MAX_REQUESTS - 1)
        pipeline.expire(_name(database_id), _EXPIRE_SECONDS)
    try:
        pipeline.execute()
    except redis.RedisError:
        log.warning("Valkey does not answer: the latest requests are not shown")


def latest(database_id: str) -> list[Request]:
    """Return the latest requests, newest first; an empty list while Valkey is unavailable."""
    try:
        lines = _client().lrange(_name(database_id), 0, MAX_REQUESTS - 1)
    except redis.RedisError:
        return []
    requests = [Request(*orjson.loads(line)) for line in lines]
    return sorted(requests, key=lambda request: -request.at)


def _name(database_id: str) -> str:
    return f"requests:{database_id}"


@cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(
        redis_py_url(settings.REDIS_URL),
        socket_timeout=_SOCKET_SECONDS,
        socket_connect_timeout=_SOCKET_SECONDS,
        retry=Retry(NoBackoff(), 1),
    )
