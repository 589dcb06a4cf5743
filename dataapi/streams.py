"""Streams the events of a database as server-sent events."""

from __future__ import annotations

from accounts.authentication import authenticate
from catalog.services.access import open_feed
from dataapi import render
from dataapi.operations.events import EventsTarget
from engine.events import Token
from engine.handles import ChangeEvent
from web.streams.event import Event
from web.streams.request import StreamRequest
from web.streams.source import Access, Source
from web.streams.stream import Stream


class EventsSource(Source[Access]):
    """Sends `ready`, then `change` for each event, and `gap` where the client must resume."""

    def __init__(self, request: StreamRequest) -> None:
        self._authorization = request.authorization
        self._target = EventsTarget.of_stream(request.query, last_event_id=request.last_event_id)
        self.since = self._target.since
        self.key = (self._authorization, self._target.database_id, self._target.collection_name)

    def authorize(self) -> Access:
        principal = authenticate(self._authorization)
        target = self._target
        feed = open_feed(principal, target.database_id, collection=target.collection_name or None)
        return Access(feed=feed, principal=principal)

    def ready(self, access: Access, *, position: Token | None) -> Event:
        return Event.of("ready", {"next": str(position)}, id=str(position))

    def change(self, change: ChangeEvent, *, access: Access) -> Event:
        return Event.of("change", render.change_event(change), id=str(change.token))

    def gap(self, position: Token) -> Event:
        return Event.of("gap", {"next": str(position)})


events = Stream(EventsSource, envelope=render.envelope)
