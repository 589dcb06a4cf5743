"""The events of one database, as one actor may hear them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bson import ObjectId

from engine.actions import Action
from engine.context.spec import Spec
from engine.events.change_stream import Tail
from engine.events.event import PUBLISHED, Event, Token
from engine.handles.database import Database
from engine.history.versions import SUFFIX


@dataclass(frozen=True)
class Happening:
    """An event with the collection's own name; `token` is where to go on after it.

    `document` is what was inserted, as it is read, or the message `{channel, data}` that was published.
    """

    token: Token
    collection: str
    operation: str
    document_id: ObjectId
    version: int | None
    actor: str | None
    at: datetime
    document: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)


class Feed:
    """Bound to a database's handle; hearing needs READ, or is of the collections where that is allowed.

    `collection` leaves the others out.

    With `published` the messages are heard as well, whose operation is "publish" and whose collection is empty.
    """

    def __init__(
        self, database: Database, tail: Tail, *, collection: str | None = None, published: bool = False
    ) -> None:
        if database.channels is None:
            database.require(Action.READ)
        if collection is not None:
            database.collection(collection).require(Action.READ)
        self._database = database
        self._tail = tail
        self._published = published
        self._specs: dict[str, Spec] = {
            spec.physical: spec for spec in database.readable.values() if collection in (None, spec.name)
        }

    def renew(self, other: Feed) -> None:
        """Takes over the collections that another feed of the database, opened later, knows."""
        self._specs = other._specs

    def position(self) -> Token:
        """Where to begin in order to hear what happens from now on."""
        return self._tail.position()

    def since(self, token: Token, *, limit: int, wait: float) -> tuple[list[Happening], Token, bool]:
        """What happened after a token, as `Tail.since`."""
        collections = {name + suffix for name in self._specs for suffix in ("", SUFFIX)}
        if self._published:
            collections.add(PUBLISHED)
        events, reached, whole = self._tail.since(
            self._database.physical, token, collections=collections, limit=limit, wait=wait
        )
        return [found for event in events if (found := self._named(event))], reached, whole

    def check(self, token: Token) -> None:
        """Raise `Conflict` if the oplog does not reach back to `token`."""
        self._tail.check(token)

    def start(self) -> None:
        """As `Tail.start`."""
        self._tail.start()

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
        if event.collection == PUBLISHED:
            return _happening(event, "", event.document) if self._published else None
        spec = self._specs.get(event.collection)
        if spec is None or (event.told_again and spec.history):
            return None
        if spec.own and event.maker != self._database.actor:
            return None
        document = spec.schema.present([dict(event.document)])[0] if event.document else None
        return _happening(event, spec.name, document)


def _happening(event: Event, collection: str, document: Mapping[str, Any] | None) -> Happening:
    return Happening(
        token=event.token,
        collection=collection,
        operation=event.operation,
        document_id=event.document_id,
        version=event.version,
        actor=event.actor,
        at=event.at,
        document=document,
    )
