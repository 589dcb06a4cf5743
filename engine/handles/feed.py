"""Change feed of one database for one actor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bson import ObjectId

from engine.actions import Action
from engine.context.spec import CollectionSpec
from engine.events.change_stream import ChangeStream
from engine.events.event import PUBLISHED, Moved, RawChange, Token
from engine.handles.database import Database
from engine.handles.event_screen import EventScreen, visible_events
from engine.history.versions import SUFFIX


@dataclass(frozen=True)
class ChangeEvent:
    """An event with the collection's logical name. `token` resumes the feed after it.

    `document` is the inserted document as it is read, or the published message `{channel, data}`.
    """

    token: Token
    collection: str
    operation: str
    document_id: ObjectId
    version: int | None
    actor: str | None
    at: datetime
    document: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)


class ChangeFeed:
    """Change feed of one database, limited to collections the actor may read, or to `collection`.

    With `published` it includes published messages: operation "publish", empty collection. `moved` says since when
    the database is on the cluster of the change stream.
    """

    def __init__(
        self,
        database: Database,
        change_stream: ChangeStream,
        *,
        collection: str | None = None,
        published: bool = False,
        moved: Moved | None = None,
    ) -> None:
        if not database.is_restricted or (database.files is not None and not database.readable):
            database.require(Action.READ)
        if collection is not None:
            database.collection(collection).require(Action.READ)
        self._database = database
        self._change_stream = change_stream
        self._published = published
        self._moved = moved
        self._specs: dict[str, CollectionSpec] = {
            spec.physical: spec for spec in database.readable.values() if collection in (None, spec.name)
        }

    def renew(self, other: ChangeFeed) -> None:
        """Take over the collections of a feed of the same database that was opened later."""
        self._specs, self._database, self._moved = other._specs, other._database, other._moved

    def follows(self, other: ChangeFeed) -> bool:
        """Return whether a feed of the same database reads the same cluster."""
        return self._change_stream is other._change_stream

    def _position_after(self, token: Token) -> Token:
        return token if self._moved is None else self._moved.position(token)

    def position(self) -> Token:
        """Return the token from which to read what happens from now on."""
        return self._change_stream.position()

    def since(self, token: Token, *, limit: int, wait: float) -> tuple[list[ChangeEvent], Token, bool]:
        """Read the events after a token, as `ChangeStream.since`."""
        collections = {name + suffix for name in self._specs for suffix in ("", SUFFIX)}
        if self._published:
            collections.add(PUBLISHED)
        events, reached, exhausted = self._change_stream.since(
            self._database.physical, self._position_after(token), collections=collections, limit=limit, wait=wait
        )
        return self._screened(events), reached, exhausted

    def check(self, token: Token) -> None:
        """Raise `Conflict` if the oplog does not reach back to `token`, or the database was moved since then."""
        self._change_stream.check(self._position_after(token))

    def start(self) -> None:
        """Start the change stream, as `ChangeStream.start`."""
        self._change_stream.start()

    @contextmanager
    def listening(self, deliver: Callable[[ChangeEvent | None], None]) -> Iterator[None]:
        """Subscribe inside the block, as `ChangeStream.listening`."""

        def screen(events: Sequence[RawChange]) -> None:
            for named in self._screened(events):
                deliver(named)

        waiting = EventScreen(screen, lambda: deliver(None))

        def deliver_named(event: RawChange | None) -> None:
            if event is None:
                deliver(None)
            elif waiting.is_busy or self._is_filtered(event):
                waiting.put(event)
            elif named := self._named(event):
                deliver(named)

        with self._change_stream.listening(self._database.physical, deliver_named):
            try:
                yield
            finally:
                waiting.close()

    def _is_filtered(self, event: RawChange) -> bool:
        spec = self._specs.get(event.collection)
        return spec is not None and spec.filtered

    def _screened(self, events: Sequence[RawChange]) -> list[ChangeEvent]:
        """Return the events that the actor may see."""
        if any(map(self._is_filtered, events)):
            events = visible_events(self._database.store, self._database.physical, self._specs, events)
        return [named for event in events if (named := self._named(event))]

    def _named(self, event: RawChange) -> ChangeEvent | None:
        if event.collection == PUBLISHED:
            return _change_event(event, "", event.document) if self._published else None
        spec = self._specs.get(event.collection)
        if spec is None or (event.is_duplicate and spec.history):
            return None
        if spec.own and event.maker != self._database.actor:
            return None
        document = spec.schema.present([dict(event.document)])[0] if event.document else None
        return _change_event(event, spec.name, document)


def _change_event(event: RawChange, collection: str, document: Mapping[str, Any] | None) -> ChangeEvent:
    return ChangeEvent(
        token=event.token,
        collection=collection,
        operation=event.operation,
        document_id=event.document_id,
        version=event.version,
        actor=event.actor,
        at=event.at,
        document=document,
    )
