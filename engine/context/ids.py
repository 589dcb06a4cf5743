"""Document ids that rise with time across processes.

An id is an ObjectId whose 12 bytes are: 4 the seconds since 1970, 2 the fraction of the second in 1/65536 s,
4 random ones of the process, 2 a counter within the unit. The first four are those of every ObjectId, so
drivers read the time of creation from it. Processes of one machine share a clock, therefore the ids of two requests
sort by when they were handled, whichever process did it.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from datetime import UTC, datetime

from bson import ObjectId

_UNITS = 65_536
_COUNTS = 65_536
_CLOCK_DIGITS = 12


class IdGenerator:
    """Generator of the ids of one process: unique, and rising even if the clock is set back."""

    def __init__(self) -> None:
        self._reset()
        os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._process = secrets.token_bytes(4)
        self._unit = 0
        self._next = 0

    def take(self, count: int) -> list[ObjectId]:
        """Return `count` ids in rising order; all of one unit of time, unless they are more than 65,536."""
        ids: list[ObjectId] = []
        while len(ids) < count:
            unit, first, last = self._reserve(min(count - len(ids), _COUNTS))
            head = unit.to_bytes(6) + self._process
            ids += [ObjectId(head + number.to_bytes(2)) for number in range(first, last)]
        return ids

    def _reserve(self, count: int) -> tuple[int, int, int]:
        with self._lock:
            unit = time.time_ns() * _UNITS // 1_000_000_000
            if unit > self._unit:
                self._unit, self._next = unit, 0
            elif self._next + count > _COUNTS:
                self._unit, self._next = self._unit + 1, 0
            first, self._next = self._next, self._next + count
            return self._unit, first, self._next


_generator = IdGenerator()


def new_id() -> ObjectId:
    """Return an id greater than every id this process has made before."""
    return _generator.take(1)[0]


def new_ids(count: int) -> list[ObjectId]:
    """Return ids in rising order, see `IdGenerator.take`."""
    return _generator.take(count)


def id_prefix() -> str:
    """Return 16 hexadecimal digits, the time and 2 random bytes, for a caller that numbers its ids itself."""
    return str(new_id())[:_CLOCK_DIGITS] + secrets.token_hex(2)


def created_at(document_id: ObjectId) -> datetime:
    """Return when an id of `new_id` was made, but not later than now: naive UTC, rounded down to milliseconds."""
    milliseconds = int.from_bytes(document_id.binary[:6]) * 1000 // _UNITS
    # Ids do not go back when the clock is set back, and stay ahead of it for a while.
    milliseconds = min(milliseconds, time.time_ns() // 1_000_000)
    timestamp = datetime.fromtimestamp(milliseconds // 1000, UTC).replace(tzinfo=None)
    return timestamp.replace(microsecond=milliseconds % 1000 * 1000)
