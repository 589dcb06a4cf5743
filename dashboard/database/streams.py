"""The live stream of an open page: change events and API requests of a database."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

import accounts.services
import catalog.services
import engine
import features.usage.services
from accounts.principal import PersonPrincipal
from accounts.security.session_store import SessionStore
from dashboard.layout import people, sessions
from engine.encoding import iso_timestamp
from engine.events import Token
from engine.handles import ChangeEvent
from web.operations import RequestModel
from web.operations.types import Text
from web.streams.event import Event
from web.streams.request import StreamRequest
from web.streams.source import Access, Source
from web.streams.stream import Stream

_MAX_QUEUED = 500


def principal_of_cookies(cookies: Mapping[str, str]) -> PersonPrincipal:
    """Return the principal of a browser's cookies. Raises `Unauthenticated`."""
    cookie = cookies.get(settings.SESSION_COOKIE_NAME, "")
    session_id = SessionStore(session_key=cookie).get(sessions.ACCOUNT) if cookie else None
    if session_id is None:
        raise engine.Unauthenticated(sessions.ENDED)
    return accounts.services.principals.principal_of_session(session_id)


class _ActivityRequest(RequestModel):
    database_id: Text


@dataclass(frozen=True, kw_only=True)
class ActivityAccess(Access):
    """The database of the page."""

    database: engine.Database


class ActivitySource(Source[ActivityAccess]):
    """Sends `ready`, the stored requests, then `change` for each event and `request` for each new request.

    Changes are sent at each poll, because the names of their actors are read from SQL. Events beyond the size of
    the queue are dropped. The session is checked before each poll, so that the stream ends with it.
    """

    lossy = True

    def __init__(self, request: StreamRequest) -> None:
        self._request = request
        self._changes: deque[ChangeEvent] = deque(maxlen=_MAX_QUEUED)
        self._start: Token | None = None
        self._last_request_at = 0.0
        self.key = object()

    def authorize(self) -> ActivityAccess:
        database_id = _ActivityRequest.parse(self._request.query.dict()).database_id
        principal = principal_of_cookies(self._request.cookies)
        database = catalog.services.access.open_database(principal, database_id)
        return ActivityAccess(database=database, feed=catalog.services.access.open_feed(principal, database_id))

    def ready(self, access: ActivityAccess, *, position: Token | None) -> Event:
        self._start = position
        return Event.of("ready", {})

    def change(self, change: ChangeEvent, *, access: ActivityAccess) -> None:
        self._changes.append(change)

    def poll(self, access: ActivityAccess) -> Sequence[Event]:
        received = [self._changes.popleft() for _ in range(len(self._changes))]
        changes = [change for change in received if self._start is None or change.token > self._start]
        requests = self._new_requests(access.database)
        actors = {entry.actor for entry in [*changes, *requests] if entry.actor}
        names = people.names(access.database, actors) if actors else {}
        return [
            *(Event.of("change", _change(change, names)) for change in changes),
            *(Event.of("request", _request(entry, names)) for entry in requests),
        ]

    def _new_requests(self, database: engine.Database) -> list[Any]:
        latest = features.usage.services.latest_requests(database)
        requests = [entry for entry in reversed(latest) if entry.at > self._last_request_at]
        self._last_request_at = max([self._last_request_at, *(entry.at for entry in requests)])
        return requests


def _change(event: ChangeEvent, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "at": iso_timestamp(event.at),
        "title": f"{event.operation} in {event.collection}",
        "operation": event.operation,
        "collection": event.collection,
        "document_id": str(event.document_id),
        "detail": str(event.document_id),
        "version": event.version,
        "actor": names.get(event.actor or "", event.actor or ""),
    }


def _request(entry: Any, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "at": iso_timestamp(datetime.fromtimestamp(entry.at, UTC)),
        "title": f"{entry.method} {entry.route}",
        "status": entry.status,
        "ms": round(entry.ms, 1),
        "actor": names.get(entry.actor, entry.actor),
    }


def _envelope(error: engine.Error) -> dict[str, Any]:
    return {"message": error.message}


activity = Stream(ActivitySource, envelope=_envelope)
