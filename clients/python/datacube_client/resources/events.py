"""Events: the changes of a database in order, across broken connections."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import httpx

from datacube_client.core.effects import JSON, Close, Emit, Flow, Read, Sleep, Stream
from datacube_client.core.operation import Resource, iteration, operation
from datacube_client.core.texts import EventParser, ServerEvent
from datacube_client.errors import EventStreamError, NoResponseError, RateLimitError, UnavailableError

# The service sends a comment after ten seconds without an event: a connection that is silent for longer is broken.
_SILENCE_SECONDS = 30.0
_LOST = (NoResponseError, UnavailableError, RateLimitError, httpx.TransportError)


@dataclass
class _Position:
    """Where a client is in the stream, and since when it has had no connection; None while it has one."""

    token: str | None
    lost_at: float | None = None

    def lost_for(self) -> float:
        """Return the seconds without a connection, from the first failure on."""
        self.lost_at = self.lost_at or time.monotonic()
        return time.monotonic() - self.lost_at


class EventOperations(Resource):
    """The changes of one database."""

    @operation
    def read_events(
        self,
        since: str | None = None,
        *,
        collection: str | None = None,
        wait: float | None = None,
        limit: int | None = None,
    ) -> Flow[JSON]:
        """Return `events` after a position, and `next`, the position after them; waits for the first one.

        Without `since` there are no events, and `next` is the current position.
        """
        return self._ask("GET /api/events", collection_name=collection, since=since, wait=wait, limit=limit)

    @iteration
    def events(
        self, since: str | None = None, *, collection: str | None = None, patience: float = 300.0
    ) -> Stream[JSON]:
        """Iterate over the changes from now on, or after `since`: a `next`, or the `token` of an event.

        A broken connection is resumed behind the last event, so none is missed and none comes twice. The error is
        raised when the service has been unreachable for `patience` seconds. Raises `ConflictError` if MongoDB no
        longer has the changes since the position, and `EventStreamError` if access ended.
        """
        position = _Position(since)
        while True:
            try:
                yield from _follow(self, position, collection)
            except _LOST:
                if position.lost_for() > patience:
                    raise
            yield Sleep(self._driver.session.retries.seconds(0))


def _follow(resource: Resource, position: _Position, collection: str | None) -> Stream[JSON]:
    """Emit the events after a position until the connection ends."""
    members = {"since": position.token, "collection_name": collection}
    request = resource._request("GET /api/events", {"Accept": "text/event-stream"}, members)
    arguments = {**request.arguments, "timeout": httpx.Timeout(_SILENCE_SECONDS)}
    body = yield from resource._open(replace(request, arguments=arguments))
    position.lost_at = None
    parser = EventParser()
    try:
        while chunk := (yield Read(body)):
            for message in parser.feed(chunk):
                yield from _handle(message, position)
    except httpx.TransportError:
        yield Close(body.response)
        raise
    yield Close(body.response)


def _handle(message: ServerEvent, position: _Position) -> Stream[JSON]:
    """Emit a change and move the position behind it. After a `gap` the service closes the stream."""
    if message.name == "error":
        raise EventStreamError(message.data.get("message") or "The service has ended the stream.")
    if message.name == "ready":
        position.token = message.data["next"]
    if message.name == "change":
        position.token = message.data["token"]
        yield Emit(message.data)
