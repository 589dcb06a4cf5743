"""The change stream: one thread for each process, with many subscribers, and one scan for each reader of
the past.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from engine.errors import Conflict
from engine.events.event import RawChange, Token, event_of
from engine.history.versions import SUFFIX
from engine.store import Store, scanned

log = logging.getLogger("datacube.change_stream")
Deliver = Callable[[RawChange | None], None]
_RETRY_SECONDS = 1.0
# How long MongoDB waits for an event before it returns an empty batch. The thread's value is the longest delay of
# the first event of a newly watched database.
_MIN_AWAIT_SECONDS, _MAX_AWAIT_SECONDS = 0.02, 0.5
_THREAD_AWAIT_SECONDS = 0.2
_SCAN_SECONDS = 1.0
_MAX_LAG_SECONDS = 60.0


@dataclass(frozen=True)
class WatchedCollection:
    """A collection to read changes of, by its physical names. `history` tells whether it keeps versions."""

    database: str
    collection: str
    history: bool
    cluster: str = ""


class ChangeStream:
    """Change stream of one cluster. Its thread starts with the first subscriber and runs as long as the process.

    It reads only the databases that have subscribers, so that an import elsewhere delays nobody.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._listeners: dict[str, list[Deliver]] = {}
        self._heard: frozenset[str] = frozenset()
        self._thread: threading.Thread | None = None
        self._reached: Token

    def start(self) -> None:
        """Start the change-stream thread if needed. Blocks until its start position is known."""
        with self._lock:
            if self._thread is None:
                self._reached = self.position()
                self._thread = threading.Thread(target=self._follow, name="change-stream", daemon=True)
                self._thread.start()

    @contextmanager
    def listening(self, database: str, deliver: Deliver) -> Iterator[None]:
        """Call `deliver` with each event of a physical database inside the block. `deliver` must not block.

        It gets None instead of an event when some were missed: MongoDB no longer had them.
        """
        self.start()
        with self._lock:
            self._listeners.setdefault(database, []).append(deliver)
            if database not in self._heard:
                self._heard = frozenset(self._listeners)
        try:
            yield
        finally:
            with self._lock:
                self._listeners[database].remove(deliver)
                if not self._listeners[database]:
                    del self._listeners[database]

    def position(self) -> Token:
        """Return the token of the current position: reading from it yields what happens from now on."""
        return Token.after(self._store.operation_time())

    def check(self, token: Token) -> None:
        """Raise `Conflict` if the oplog does not reach back to `token`."""
        self._store.check_oplog(token.timestamp)

    def since(
        self, database: str, token: Token, *, collections: Collection[str], limit: int, wait: float
    ) -> tuple[list[RawChange], Token, bool]:
        """Return up to `limit` events of these physical collections after `token`, the token to continue from, and
        whether these were all.

        Waits up to `wait` seconds for the first one. Spends about a second on what others wrote; then the token
        has advanced, and the next call continues there. Raises `Conflict` if the oplog does not reach back to
        `token`.
        """
        deadline = time.monotonic() + wait
        names = {f"{database}.{collection}" for collection in collections}
        events, reached, exhausted = self._read(names, token, limit=limit)
        if exhausted and not events and wait:
            events, reached, exhausted = self._await(
                database, reached, collections=collections, limit=limit, deadline=deadline
            )
        return events, events[-1].token if events else reached, exhausted

    def _await(
        self, database: str, token: Token, *, collections: Collection[str], limit: int, deadline: float
    ) -> tuple[list[RawChange], Token, bool]:
        """Block until there is an event after a recent token, or until the deadline."""
        events: list[RawChange] = []
        reached, idle = token, False
        await_seconds = min(max(deadline - time.monotonic(), _MIN_AWAIT_SECONDS), _MAX_AWAIT_SECONDS)
        with self._store.watch(
            [database], start=token.timestamp, await_seconds=await_seconds, collections=collections
        ) as stream:
            while len(events) < limit:
                event, reached, idle = _step(stream, {database}, after=reached)
                if event:
                    events.append(event)
                late = time.monotonic() - deadline
                if (late >= _SCAN_SECONDS and reached > token) or (idle and (events or late >= 0)):
                    break
        return events, reached, idle

    def _read(self, names: Collection[str], token: Token, *, limit: int) -> tuple[list[RawChange], Token, bool]:
        """Return what `since` returns, without waiting, for `database.collection` names."""
        deadline = time.monotonic() + _SCAN_SECONDS
        scan = self._store.scan_oplog(names, start=token.timestamp, limit=limit, seconds=_SCAN_SECONDS)
        events: list[RawChange] = []
        for first, last in scan.ranges:
            remaining = limit - len(events)
            changes = self._store.changes_between(names, first=first, last=last, after=token.mark, limit=remaining)
            events += [event for change in changes if (event := event_of(change))]
            if len(changes) == remaining:
                return events, Token.of(changes[-1]), False
            if time.monotonic() >= deadline and last != scan.ranges[-1][1]:
                return events, max(token, Token.after(last)), False
        return events, max(token, Token.after(scan.reached)), scan.complete

    def read_many(
        self, sources: Collection[WatchedCollection], token: Token, *, until: Token, limit: int
    ) -> tuple[list[tuple[WatchedCollection, RawChange]], Token, bool]:
        """Return up to `limit` events of these collections after `token` and not after `until`, the token to
        continue from, and whether these were all.

        Bounded in time, and raises `Conflict`, as `since`.
        """
        by_name = {(source.database, source.collection): source for source in sources}
        names = {f"{source.database}.{source.collection}{suffix}" for source in sources for suffix in ("", SUFFIX)}
        events, reached, _ = self._read(names, token, limit=limit)
        matching = [
            (source, event)
            for event in events
            if event.token <= until
            and (source := by_name.get((event.database, event.collection)))
            and not (event.is_duplicate and source.history)
        ]
        if reached >= until or (events and events[-1].token > until):
            return matching, until, True
        return matching, reached, False

    def _follow(self) -> None:
        """Run the thread: reconnect after any server failure and continue from the last token."""
        lost = False
        while True:
            try:
                if lost:
                    self._reached, lost = self.position(), False
                    self._deliver_all(None)
                self._follow_from(self._reached, self._heard)
            except Conflict:
                lost = True
            except Exception:
                log.warning("the change stream failed and is opened again", exc_info=True)
                # It may fail for ever because it is too far behind: listeners resume by their tokens instead.
                lost = time.time() - self._reached.seconds > _MAX_LAG_SECONDS
                time.sleep(_RETRY_SECONDS)

    def _follow_from(self, token: Token, heard: frozenset[str]) -> None:
        """Follow the stream until the set of watched databases changes; then it is reopened from the token."""
        with self._store.watch(heard, start=token.timestamp, await_seconds=_THREAD_AWAIT_SECONDS) as stream:
            while True:
                event, reached, _ = _step(stream, heard, after=self._reached)
                if self._heard is not heard:
                    return
                self._reached = reached
                if event:
                    self._deliver(event)

    def _deliver(self, event: RawChange) -> None:
        with self._lock:
            listeners = list(self._listeners.get(event.database, ()))
        for deliver in listeners:
            deliver(event)

    def _deliver_all(self, event: RawChange | None) -> None:
        with self._lock:
            listeners = [deliver for group in self._listeners.values() for deliver in group]
        for deliver in listeners:
            deliver(event)


def _step(stream: Any, databases: Collection[str], *, after: Token) -> tuple[RawChange | None, Token, bool]:
    """Return the event of the next entry, if it is new and of these databases, its token, and whether the stream
    is drained.
    """
    change = stream.try_next()
    if change is None:
        location = scanned(stream)
        return None, max(after, Token(location.time, location.inc)) if location else after, True
    token = Token.of(change)
    is_new = token > after and change["ns"]["db"] in databases
    return event_of(change) if is_new else None, max(after, token), False
