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
    """The events of one cluster. Its thread starts with the first listener, and runs on as long as the process.

    It reads those databases alone that have listeners, so that nobody waits for the import of a stranger.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._listeners: dict[str, list[Deliver]] = {}
        self._heard: frozenset[str] = frozenset()
        self._thread: threading.Thread | None = None
        self._reached: Token

    @contextmanager
    def listening(self, database: str, deliver: Deliver) -> Iterator[None]:
        """Calls `deliver`, which must not block, with each event of a physical database while the block lasts.

        None instead of an event says that some were missed: MongoDB no longer had them.
        """
        with self._lock:
            if self._thread is None:
                self._reached = self.position()
            self._listeners.setdefault(database, []).append(deliver)
            if database not in self._heard:
                self._heard = frozenset(self._listeners)
            if self._thread is None:
                self._thread = threading.Thread(target=self._follow, name="tail", daemon=True)
                self._thread.start()
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

    def since(self, database: str, token: Token, *, limit: int, wait: float) -> tuple[list[Event], Token]:
        """Up to `limit` events after a token, waiting up to `wait` seconds for the first; and where to go on.

        Raises `Conflict` when MongoDB's oplog does not reach back that far any more.
        """
        found: list[Event] = []
        deadline = time.monotonic() + wait
        reached = token
        patience = min(max(wait, _LEAST_PATIENCE), _MOST_PATIENCE)
        with self._store.watch([database], start=token.moment, patience=patience) as stream:
            while len(found) < limit:
                change = stream.try_next()
                event = _news(change, after=token)
                if event:
                    found.append(event)
                    reached = event.token
                if change is None and not found:
                    reached = max(reached, _scanned(stream) or reached)
                if change is None and (found or time.monotonic() >= deadline):
                    break
        return found, reached

    def among(
        self, sources: Collection[Source], token: Token, *, until: Token, limit: int
    ) -> tuple[list[tuple[Source, Event]], Token]:
        """What happened in any of these collections after one token and before another, in one look; and where to
        go on.

        Up to `limit` events, or what is found in a second. Raises `Conflict` as `since` does.
        """
        wanted = {(source.database, source.collection): source for source in sources}
        databases = {source.database for source in sources}
        names = {name for source in sources for name in (source.collection, source.collection + SUFFIX)}
        found: list[tuple[Source, Event]] = []
        deadline = time.monotonic() + _LOOK_SECONDS
        with self._store.watch(
            databases, start=token.moment, patience=_LEAST_PATIENCE, collections=names
        ) as stream:
            reached = token
            while len(found) < limit and time.monotonic() < deadline:
                change = stream.try_next()
                if change is None:
                    scanned = _scanned(stream) or reached
                    reached = max(reached, min(scanned, until))
                    if scanned.next() >= until:
                        break
                elif event := _news(change, after=token):
                    if event.token > until:
                        return found, until
                    reached = event.token
                    source = wanted.get((change["ns"]["db"], event.collection))
                    if source and not (event.told_again and source.history):
                        found.append((source, event))
        return found, reached

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
                change = stream.try_next()
                if self._heard is not heard:
                    return
                event = _news(change, after=self._reached)
                if event:
                    self._reached = event.token
                    self._tell(change["ns"]["db"], event)
                elif change is None:
                    self._reached = max(self._reached, _scanned(stream) or self._reached)

    def _tell(self, database: str, event: Event) -> None:
        with self._lock:
            listeners = list(self._listeners.get(database, ()))
        for deliver in listeners:
            deliver(event)

    def _tell_all(self, event: Event | None) -> None:
        with self._lock:
            listeners = [deliver for group in self._listeners.values() for deliver in group]
        for deliver in listeners:
            deliver(event)


def _news(change: Any, *, after: Token) -> Event | None:
    event = event_of(change) if change else None
    return event if event and event.token > after else None


def _scanned(stream: Any) -> Token | None:
    """How far MongoDB has read without finding more, so that nobody makes it read that again.

    Its resume token begins with the type of a timestamp, 82, and the timestamp: seconds and increment.
    """
    data = (stream.resume_token or {}).get("_data", "")
    if type(data) is not str or not _PLACE.match(data):
        return None
    return Token(int(data[2:10], 16), int(data[10:18], 16))
