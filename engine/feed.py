"""The events of one database, as one actor may hear them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId

from engine.actions import Action
from engine.collection import Spec
from engine.database import Database
from engine.events import Event, Token
from engine.tail import Tail


@dataclass(frozen=True)
class Happening:
    """An event with the collection's own name; `token` is where to go on after it."""

    token: Token
    collection: str
    operation: str
    document_id: ObjectId
    version: int | None
    actor: str | None
    at: datetime


class Feed:
    """Bound to a database's handle; hearing needs READ. `collection` leaves the others out."""

    def __init__(self, database: Database, tail: Tail, *, collection: str | None = None) -> None:
        database.require(Action.READ)
        if collection is not None:
            database.collection(collection)
        self._database = database
        self._tail = tail
        self._specs: dict[str, Spec] = {
            spec.physical: spec for spec in database.specs.values() if collection in (None, spec.name)
        }

    def position(self) -> Token:
        """Where to begin in order to hear what happens from now on."""
        return self._tail.position()

    def since(self, token: Token, *, limit: int, wait: float) -> tuple[list[Happening], Token]:
        """What happened after a token, and where to go on; waits up to `wait` seconds for the first event."""
        events, reached = self._tail.since(self._database.physical, token, limit=limit, wait=wait)
        return [found for event in events if (found := self._named(event))], reached

    @contextmanager
    def listening(self, deliver: Callable[[Happening | None], None]) -> Iterator[None]:
        """As `Tail.listening`."""

        def deliver_named(event: Event | None) -> None:
            found = self._named(event) if event else None
            if found or event is None:
                deliver(found)

        with self._tail.listening(self._database.physical, deliver_named):
            yield

    def _named(self, event: Event) -> Happening | None:
        spec = self._specs.get(event.collection)
        if spec is None or (event.told_again and spec.history):
            return None
        return Happening(
            token=event.token,
            collection=spec.name,
            operation=event.operation,
            document_id=event.document_id,
            version=event.version,
            actor=event.actor,
            at=event.at,
        )
