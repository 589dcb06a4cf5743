"""Follows MongoDB's change stream: one for the whole process, fanned out, and one for each look back."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from engine.archive import SUFFIX
from engine.errors import Conflict
from engine.events import Event, Token, event_of
from engine.store import Store

log = logging.getLogger("datacube.tail")
Deliver = Callable[[Event | None], None]
_RETRY_SECONDS = 1.0
# How long MongoDB looks for an event before it says that there is none yet; the thread's is how late the first
# listener of a database may hear.
_LEAST_PATIENCE, _MOST_PATIENCE = 0.02, 0.5
_THREAD_PATIENCE = 0.2
_PLACE = re.compile(r"82[0-9A-Fa-f]{16}")
_LOOK_SECONDS = 1.0


@dataclass(frozen=True)
class Source:
    """A collection that is heard among others, by its physical names; `history` is whether it keeps versions."""

    database: str
    collection: str
    history: bool


class Tail:
    """The events of one cluster. Its thread starts before the first listener, and runs on as long as the process.

    It reads those databases alone that have listeners, so that nobody waits for the import of a stranger.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._listeners: dict[str, list[Deliver]] = {}
        self._heard: frozenset[str] = frozenset()
        self._thread: threading.Thread | None = None
        self._reached: Token

    def start(self) -> None:
        """What the first listener waits for; whoever must not wait has somebody else do it before."""
        with self._lock:
            if self._thread is None:
                self._reached = self.position()
                self._thread = threading.Thread(target=self._follow, name="tail", daemon=True)
                self._thread.start()

    @contextmanager
    def listening(self, database: str, deliver: Deliver) -> Iterator[None]:
        """Calls `deliver`, which must not block, with each event of a physical database while the block lasts.

        None instead of an event says that some were missed: MongoDB no longer had them.
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
        """The token from which a listener hears what happens from now on."""
        return Token.after(self._store.operation_time())

    def since(self, database: str, token: Token, *, limit: int, wait: float) -> tuple[list[Event], Token, bool]:
        """Up to `limit` events after a token, waiting up to `wait` seconds for the first; where to go on; and
        whether that is all there was, for no more than a second is spent on what others did meanwhile.

        Raises `Conflict` when MongoDB's oplog does not reach back that far any more.
        """
        found: list[Event] = []
        reached, idle = token, False
        patience = min(max(wait, _LEAST_PATIENCE), _MOST_PATIENCE)
        with self._store.watch([database], start=token.moment, patience=patience) as stream:
            deadline = time.monotonic() + wait
            while len(found) < limit:
                event, reached, idle = _step(stream, {database}, after=reached)
                if event:
                    found.append(event)
                late = time.monotonic() - deadline
                if (late >= _LOOK_SECONDS and reached > token) or (idle and (found or late >= 0)):
                    break
        return found, found[-1].token if found else reached, idle

    def among(
        self, sources: Collection[Source], token: Token, *, until: Token, limit: int
    ) -> tuple[list[tuple[Source, Event]], Token, bool]:
        """What happened in any of these collections after one token and before another; where to go on; and
        whether that is all.

        Up to `limit` events, or what is found in a second. Raises `Conflict` as `since` does.
        """
        wanted = {(source.database, source.collection): source for source in sources}
        databases = {source.database for source in sources}
        names = {name for source in sources for name in (source.collection, source.collection + SUFFIX)}
        found: list[tuple[Source, Event]] = []
        reached, idle = token, False
        with self._store.watch(
            databases, start=token.moment, patience=_LEAST_PATIENCE, collections=names
        ) as stream:
            deadline = time.monotonic() + _LOOK_SECONDS
            while len(found) < limit:
                event, further, idle = _step(stream, databases, after=reached)
                if further > until:
                    return found, until, True
                reached = further
                if idle and reached.next() >= until:
                    return found, reached, True
                source = wanted.get((event.database, event.collection)) if event else None
                if event and source and not (event.told_again and source.history):
                    found.append((source, event))
                if time.monotonic() >= deadline and (idle or reached > token):
                    break
        return found, reached, False

    def _follow(self) -> None:
        """The thread: whatever happens to the server, it goes on where it was."""
        lost = False
        while True:
            try:
                if lost:
                    self._reached, lost = self.position(), False
                    self._tell_all(None)
                self._follow_from(self._reached, self._heard)
            except Conflict:
                lost = True
            except Exception:
                log.warning("the change stream broke; it is opened again", exc_info=True)
                time.sleep(_RETRY_SECONDS)

    def _follow_from(self, token: Token, heard: frozenset[str]) -> None:
        """Until others are to be heard: what was read meanwhile lacks theirs, and is read again."""
        with self._store.watch(heard, start=token.moment, patience=_THREAD_PATIENCE) as stream:
            while True:
                event, reached, _ = _step(stream, heard, after=self._reached)
                if self._heard is not heard:
                    return
                self._reached = reached
                if event:
                    self._tell(event)

    def _tell(self, event: Event) -> None:
        with self._lock:
            listeners = list(self._listeners.get(event.database, ()))
        for deliver in listeners:
            deliver(event)

    def _tell_all(self, event: Event | None) -> None:
        with self._lock:
            listeners = [deliver for group in self._listeners.values() for deliver in group]
        for deliver in listeners:
            deliver(event)


def _step(stream: Any, databases: Collection[str], *, after: Token) -> tuple[Event | None, Token, bool]:
    """The next entry of a stream: the event, if it is one that is wanted; how far that is; and whether there is no
    more just now.
    """
    change = stream.try_next()
    if change is None:
        return None, max(after, _scanned(stream) or after), True
    token = Token.of(change)
    wanted = token > after and change["ns"]["db"] in databases
    return event_of(change) if wanted else None, max(after, token), False


def _scanned(stream: Any) -> Token | None:
    """How far MongoDB has read without finding more, so that nobody makes it read that again.

    Its resume token begins with the type of a timestamp, 82, and the timestamp: seconds and increment.
    """
    data = (stream.resume_token or {}).get("_data", "")
    if type(data) is not str or not _PLACE.match(data):
        return None
    return Token(int(data[2:10], 16), int(data[10:18], 16))
