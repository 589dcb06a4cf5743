"""The change events of a database as server-sent events or WebSocket frames of the dialect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import engine
from accounts.principal import Principal
from catalog.services.access import open_feed, resolve_database_id
from dialects.restdb import render
from dialects.restdb.auth import cors
from dialects.restdb.auth.credentials import RequestCredentials
from dialects.restdb.realtime.messages import SubscriptionScope, message, ping
from engine.events import Token
from engine.handles import ChangeEvent
from web.streams.event import Event
from web.streams.request import StreamRequest
from web.streams.source import Access, Source
from web.streams.stream import Stream


@dataclass(frozen=True, kw_only=True)
class RealtimeAccess(Access):
    """A principal, and the events that it may receive."""

    principal: Principal
    scope: SubscriptionScope


class RealtimeSource(Source[RealtimeAccess]):
    """Sends a `ping` at once and every few seconds, and each event that the principal may receive.

    Subscribers of one database with the same credentials share a channel. A slow client is disconnected.
    """

    batch_seconds = 0.02
    ping_seconds = 8.0
    pings_when_busy = True

    def __init__(self, request: StreamRequest) -> None:
        self._credentials = RequestCredentials.of_stream(request)
        self._database = request.path.split("/")[2]
        self._origin = request.headers.get("origin", "")
        self.since = _since(request)
        self.key = (self._credentials, self._database)

    def authorize(self) -> RealtimeAccess:
        principal = self._credentials.principal(self._database, refresh=True)
        feed = open_feed(principal, resolve_database_id(principal, self._database), published=True)
        return RealtimeAccess(feed=feed, principal=principal, scope=SubscriptionScope.of(principal))

    def admit(self, access: RealtimeAccess) -> None:
        cors.check(self._origin, access.principal)

    def ready(self, access: RealtimeAccess, *, position: Token | None) -> Event:
        return ping(datetime.now(UTC), position=position)

    def change(self, change: ChangeEvent, *, access: RealtimeAccess) -> Event | None:
        return message(change) if access.scope.allows(change) else None

    def ping(self) -> Event:
        return ping(datetime.now(UTC))


def _since(request: StreamRequest) -> Token | None:
    """Return the token that a client resumes from; None without one, or if this service did not issue it."""
    text = request.last_event_id or request.query.get("lastEventId", "")
    try:
        return Token.parse(text) if text else None
    except (engine.Invalid, engine.Conflict):
        return None


def _headers(request: StreamRequest) -> Mapping[str, str]:
    """Return the CORS headers; the stream has already checked the origin."""
    return cors.headers(request.headers.get("origin", ""), None)


realtime = Stream(RealtimeSource, envelope=render.envelope, always=True, headers=_headers)
