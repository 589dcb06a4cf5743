"""Counts requests against limits that all processes share.

A process reserves requests in Valkey, up to 1 % of a limit at once, and counts them down in memory, so that most
requests need no round trip. Of a limit below 200 it reserves one at a time: the count is exact then. While Valkey
is unavailable each process counts on its own.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from threading import Lock

from cachetools import LRUCache

from accounts.restrictions.limits import RequestLimit, Window
from engine.suspension import in_thread
from web import throttling

log = logging.getLogger("datacube.usage")
MAX_RESERVED = 500
# After a refusal the process does not ask again for so long.
RETRY_SECONDS = 0.5
_MAX_LEASES = 50_000
_KEEP_SECONDS = 3_600
# KEYS: the counter. ARGV: limit, number to reserve, milliseconds to keep the counter, first value or ''.
# Returns {number reserved, number used by all processes}; -1 where the counter is missing and has no first value.
RESERVE = """
local used = tonumber(redis.call('GET', KEYS[1]))
if not used then
  if ARGV[4] == '' then return {-1, 0} end
  redis.call('SET', KEYS[1], ARGV[4], 'PX', ARGV[3])
  used = tonumber(ARGV[4])
end
local left = tonumber(ARGV[1]) - used
local count = math.max(0, math.min(tonumber(ARGV[2]), math.max(1, math.floor(left / 8)), left))
if count > 0 then redis.call('INCRBY', KEYS[1], count) end
return {count, used + count}
"""
FirstCount = Callable[[RequestLimit, datetime], int]


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of a limit: `used` requests of all processes in the window that ends at `ends_at`."""

    limit: RequestLimit
    used: int
    ends_at: datetime

    @property
    def remaining(self) -> int:
        return max(0, self.limit.limit - self.used)


@dataclass(slots=True)
class _Lease:
    """What this process has reserved in one window. Times are in seconds since 1970."""

    start: datetime
    end: datetime
    ends_at: float
    reserved: int = 0
    used: int = 0
    empty_until: float = 0.0


class Leases:
    """The leases of this process; thread-safe. `first_count` counts earlier requests of a window from SQL."""

    def __init__(self, first_count: FirstCount, *, clock: Callable[[], float] = time.time) -> None:
        self._first_count = first_count
        self._clock = clock
        self._lock = Lock()
        self._leases: LRUCache[tuple[str, str], _Lease] = LRUCache(_MAX_LEASES)
        self._own_counts: LRUCache[str, int] = LRUCache(_MAX_LEASES)

    def take(self, limit: RequestLimit) -> tuple[bool, Standing]:
        """Count a request. Returns whether it is allowed, and the standing after it."""
        now = self._clock()
        with self._lock:
            lease = self._lease(limit, now)
            if lease.reserved:
                lease.reserved -= 1
                return True, _standing(limit, lease)
            if now < lease.empty_until:
                return False, _standing(limit, lease)
        amount = max(1, min(MAX_RESERVED, limit.limit // 100))
        count, used = in_thread(partial(self._reserve, limit, lease, amount))
        with self._lock:
            lease.used = max(used, lease.used)
            if count:
                lease.reserved += count - 1
            else:
                lease.empty_until = now + RETRY_SECONDS
            return count > 0, _standing(limit, lease)

    def give_back(self, limit: RequestLimit) -> None:
        """Undo a `take` that was allowed."""
        with self._lock:
            self._lease(limit, self._clock()).reserved += 1

    def standing(self, limit: RequestLimit) -> Standing:
        """Return the standing of a limit without counting a request."""
        with self._lock:
            lease = self._lease(limit, self._clock())
        _, used = self._reserve(limit, lease, 0)
        with self._lock:
            lease.used = used
            return _standing(limit, lease)

    def _lease(self, limit: RequestLimit, now: float) -> _Lease:
        """Return the lease of the current window; the caller holds the lock."""
        name = (limit.name, limit.subject)
        lease = self._leases.get(name)
        if lease is None or now >= lease.ends_at:
            start, end = limit.window.bounds(datetime.fromtimestamp(now, UTC))
            lease = self._leases[name] = _Lease(start, end, end.timestamp())
        return lease

    def _reserve(self, limit: RequestLimit, lease: _Lease, amount: int) -> tuple[int, int]:
        """Reserve up to `amount` requests. Returns their number, and that of all processes in the window."""
        key = f"requests:{limit.name}:{limit.subject}:{int(lease.start.timestamp())}"
        milliseconds = int((lease.ends_at - self._clock() + _KEEP_SECONDS) * 1000)
        first = "0" if limit.window is Window.MINUTE else ""
        arguments: list[int | str] = [limit.limit, amount, milliseconds, first]
        result = throttling.run_script(RESERVE, key=key, arguments=arguments)
        if result is not None and result[0] < 0:
            arguments[3] = str(self._first_count(limit, lease.start))
            result = throttling.run_script(RESERVE, key=key, arguments=arguments)
        return self._reserve_alone(key, limit, amount) if result is None else (result[0], result[1])

    def _reserve_alone(self, key: str, limit: RequestLimit, amount: int) -> tuple[int, int]:
        with self._lock:
            used = self._own_counts.get(key, 0)
            count = max(0, min(amount, limit.limit - used))
            self._own_counts[key] = used + count
        return count, used + count


def _standing(limit: RequestLimit, lease: _Lease) -> Standing:
    return Standing(limit, min(limit.limit, max(0, lease.used - lease.reserved)), lease.end)
