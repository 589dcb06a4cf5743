"""The live stream of an open page: change events and API requests of a database."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import close_old_connections

import accounts.services
import catalog.services
import engine
import features.usage.services
from accounts.principal import PersonPrincipal
from dashboard.layout import people, sessions
from engine.encoding import iso_timestamp
from engine.events import Token
from engine.handles import ChangeEvent, ChangeFeed
from web.requests.parameters import Parameters
from web.streaming import Event, Stream, StreamRequest

_INTERVAL_SECONDS = 1.0
_MAX_QUEUED = 500
_threads = ThreadPoolExecutor(8, thread_name_prefix="activity")


def principal_of_cookies(cookies: Mapping[str, str]) -> PersonPrincipal:
    """Return the principal of a browser's cookies. Raises `Unauthenticated`."""
    cookie = cookies.get(settings.SESSION_COOKIE_NAME, "")
    session_id = SessionStore(session_key=cookie).get(sessions.ACCOUNT) if cookie else None
    if session_id is None:
        raise engine.Unauthenticated(sessions.ENDED)
    return accounts.services.principals.principal_of_session(session_id)


async def _activity(request: StreamRequest) -> AsyncIterator[Event]:
    """Send `ready`, the stored requests, then `change` for each event and `request` for each new request.

    Events beyond the queue's size are dropped. The session is checked each time, so that the stream ends with it.
    """
    feed, start = await _in_thread(_feed, request)
    queue: deque[ChangeEvent | None] = deque(maxlen=_MAX_QUEUED)
    with feed.listening(queue.append):
        yield Event("ready", {})
        last_request_at = 0.0
        while True:
            database, requests = await _in_thread(_requests, request)
            received = [queue.popleft() for _ in range(len(queue))]
            changes = [change for change in received if change and change.token > start]
            requests_since = [entry for entry in reversed(requests) if entry.at > last_request_at]
            last_request_at = max([last_request_at, *(entry.at for entry in requests_since)])
            actors = {entry.actor for entry in [*changes, *requests_since] if entry.actor}
            names = await _in_thread(_names, database, actors) if actors else {}
            for change in changes:
                yield Event("change", _change(change, names))
            for entry in requests_since:
                yield Event("request", _request(entry, names))
            await asyncio.sleep(_INTERVAL_SECONDS)


def _names(database: engine.Database, actors: set[str]) -> dict[str, str]:
    close_old_connections()
    return people.names(database, actors)


def _authenticate(request: StreamRequest) -> tuple[PersonPrincipal, str]:
    close_old_connections()
    params = Parameters(request.query)
    database_id = params.text("database_id")
    params.check()
    return principal_of_cookies(request.cookies), database_id


def _feed(request: StreamRequest) -> tuple[ChangeFeed, Token]:
    """Return the feed of the database and the token after which events are sent. The feed may start earlier."""
    feed = catalog.services.access.open_feed(*_authenticate(request))
    feed.start()
    return feed, feed.position()


def _requests(request: StreamRequest) -> tuple[engine.Database, list[Any]]:
    database = catalog.services.access.open_database(*_authenticate(request))
    return database, features.usage.services.latest_requests(database)


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


async def _in_thread(work: Any, *arguments: Any) -> Any:
    return await asyncio.get_running_loop().run_in_executor(_threads, work, *arguments)


activity = Stream(_activity, envelope=_envelope)
