"""A source whose feed is in memory: changes are numbers, and nothing but the test decides when they happen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

import engine
from engine.events import Token
from engine.handles import ChangeEvent
from web.streams.event import Event
from web.streams.source import Access, Source

AT = datetime(2026, 1, 1)


def token(number: int) -> Token:
    return Token(number, 0)


def change_of(number: int) -> ChangeEvent:
    return ChangeEvent(token(number), "things", "insert", ObjectId(), 1, None, AT)


class MemoryFeed:
    """A feed of numbered changes. Like the real one it delivers in a thread of its own, and reads in pages."""

    def __init__(self, *, page_size: int = 2) -> None:
        self.changes: list[ChangeEvent] = []
        self.before_read: Callable[[], None] = lambda: None
        self.threads: set[str] = set()
        self.renewed = 0
        self._page_size = page_size
        self._listeners: list[Callable[[ChangeEvent | None], None]] = []

    def emit(self, *numbers: int) -> None:
        self.changes += map(change_of, numbers)
        self._deliver([change_of(number) for number in numbers])

    def interrupt(self) -> None:
        self._deliver([None])

    def _deliver(self, changes: Sequence[ChangeEvent | None]) -> None:
        def run() -> None:
            for change in changes:
                for deliver in [*self._listeners]:
                    deliver(change)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()

    @property
    def listener_count(self) -> int:
        return len(self._listeners)

    @contextmanager
    def listening(self, deliver: Callable[[ChangeEvent | None], None]) -> Iterator[None]:
        self.threads.add(threading.current_thread().name)
        self._listeners.append(deliver)
        yield
        self._listeners.remove(deliver)

    def position(self) -> Token:
        self.threads.add(threading.current_thread().name)
        return self.changes[-1].token if self.changes else token(0)

    def check(self, since: Token) -> None:
        self.threads.add(threading.current_thread().name)
        if since < token(0):
            raise engine.Conflict("The oplog does not reach back.")

    def since(self, since: Token, *, limit: int, wait: float) -> tuple[list[ChangeEvent], Token, bool]:
        self.threads.add(threading.current_thread().name)
        self.before_read()
        later = [change for change in self.changes if change.token > since]
        page = later[: self._page_size]
        return page, page[-1].token if page else since, len(page) == len(later)

    def renew(self, other: MemoryFeed) -> None:
        self.renewed += 1

    def follows(self, other: MemoryFeed) -> bool:
        return self is other


@dataclass(frozen=True, kw_only=True)
class MemoryAccess(Access):
    number: int = 0


class MemorySource(Source[MemoryAccess]):
    """Sends `ready`, `change` and `gap`; `errors` are raised by the next authorizations."""

    interval_seconds = 0.01
    ping_seconds = 5.0

    def __init__(self, feed: Any = None, *, key: Any = "key", since: Token | None = None) -> None:
        self.feed = feed
        self.key = key
        self.since = since
        self.errors: list[Exception | None] = []
        self.authorizations = 0
        self.encoded = 0
        self.polled: list[list[Event]] = []
        self.refused: Exception | None = None

    def authorize(self) -> MemoryAccess:
        self.authorizations += 1
        if self.errors and (error := self.errors.pop(0)):
            raise error
        return MemoryAccess(feed=self.feed, number=self.authorizations)

    def admit(self, access: MemoryAccess) -> None:
        if self.refused:
            raise self.refused

    def poll(self, access: MemoryAccess) -> Sequence[Event]:
        return self.polled.pop(0) if self.polled else ()

    def ready(self, access: MemoryAccess, *, position: Token | None) -> Event:
        return Event.of("ready", position.seconds if position else None)

    def change(self, change: ChangeEvent, *, access: MemoryAccess) -> Event | None:
        self.encoded += 1
        number = change.token.seconds
        if number == 666:
            raise ZeroDivisionError
        return Event.of("change", number, id=str(change.token)) if number < 1_000 else None

    def gap(self, position: Token) -> Event | None:
        return Event.of("gap", position.seconds)
