"""Rate limits: atomic counters in Valkey, or in the process while Valkey is unavailable."""

from __future__ import annotations

import functools
import hashlib
import hmac
import ipaddress
import logging
import math
import time
from collections.abc import Sequence
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, urlsplit

import redis
from cachetools import TTLCache
from django.conf import settings
from django.http import HttpRequest
from redis.backoff import NoBackoff
from redis.retry import Retry

from engine import LimitExceeded
from web.caller import exact_address

log = logging.getLogger("datacube.throttling")
SOCKET_SECONDS = 0.5
AWAY_SECONDS = 1.0
COUNT = """
local count = redis.call('INCRBY', KEYS[1], ARGV[2])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  left = tonumber(ARGV[1])
end
return {count, left}
"""


def consume(name: str, subject: str, *, limit: int, window: int, amount: int = 1) -> None:
    """Count `amount` uses of `name` by `subject`. Raises `LimitExceeded` above `limit` in `window` seconds.

    A refused amount above 1 is not counted, so that a smaller one can still succeed.
    """
    key = f"limit:{name}:{_hash(subject)}"
    count, left = _increment(key, window, amount)
    if count > limit:
        if amount > 1:
            _increment(key, window, -amount)
        raise LimitExceeded("Too many requests; try again later.", retry_after=max(1, math.ceil(left)))


def headers(error: LimitExceeded, *, limit: int) -> dict[str, str]:
    """Return the RateLimit-* headers of a 429 response."""
    return {
        "RateLimit-Limit": str(limit),
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": str(error.retry_after),
    }


def client_address(request: HttpRequest) -> str:
    """Return the network address of the caller; see `address_of`."""
    return address_of(request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For", ""))


def address_of(peer: str, forwarded_for: str) -> str:
    """Return the caller's address, see `exact_address`; of IPv6 its /64 network, which one caller owns."""
    address = exact_address(peer, forwarded_for)
    if address is None:
        return "unknown"
    return str(address if address.version == 4 else ipaddress.ip_network((address, 64), strict=False))


def redis_py_url(url: str) -> str:
    """Convert Celery's URL of a unix socket to redis-py's; return other URLs unchanged."""
    if not url.startswith("redis+socket://"):
        return url
    parts = urlsplit(url)
    database = parse_qs(parts.query).get("virtual_host", ["0"])[0].strip("/") or "0"
    return f"unix://{parts.path}?db={database}"


def _hash(subject: str) -> str:
    """Return a keyed hash, as addresses could be guessed from a plain one."""
    return hmac.digest(settings.SECRET_KEY.encode(), subject.encode(), hashlib.sha256).hex()[:32]


def _increment(key: str, window: int, amount: int) -> tuple[int, float]:
    """Add to the counter; return the count in the current window and the seconds left in it."""
    result = run_script(COUNT, key=key, arguments=[window * 1000, amount])
    if result is None:
        return _fallback().count(key, window, amount)
    return result[0], result[1] / 1000


def run_script(text: str, *, key: str, arguments: Sequence[int | str]) -> Any:
    """Return the result of a Lua script about one key in Valkey; None while Valkey is unavailable."""
    fallback = _fallback()
    if fallback.valkey_is_away():
        return None
    try:
        return _script(text)(keys=[key], args=arguments)
    except redis.RedisError:
        log.warning("Valkey does not answer: limits are counted in this process")
        fallback.valkey_failed()
        return None


@functools.cache
def _script(text: str) -> redis.commands.core.Script:
    client = redis.Redis.from_url(
        redis_py_url(settings.REDIS_URL),
        socket_timeout=SOCKET_SECONDS,
        socket_connect_timeout=SOCKET_SECONDS,
        retry=Retry(NoBackoff(), 1),
    )
    return client.register_script(text)


@functools.cache
def _fallback() -> Fallback:
    return Fallback()


class Fallback:
    """The counters of one process, and the time until which Valkey is not tried again."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counters: TTLCache[str, tuple[int, float]] = TTLCache(maxsize=50_000, ttl=3600)
        self._away_until = 0.0

    def valkey_is_away(self) -> bool:
        return time.monotonic() < self._away_until

    def valkey_failed(self) -> None:
        self._away_until = time.monotonic() + AWAY_SECONDS

    def count(self, key: str, window: int, amount: int = 1) -> tuple[int, float]:
        now = time.monotonic()
        with self._lock:
            count, ends_at = self._counters.get(key, (0, 0.0))
            if ends_at <= now:
                count, ends_at = 0, now + window
            self._counters[key] = (count + amount, ends_at)
        return count + amount, ends_at - now
