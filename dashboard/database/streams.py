"""What happens in a database, live, for a page that is open: events, and the requests of programs."""

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
from accounts.principal import Principal
from dashboard.layout import people, sessions
from web.parameters import Parameters
from web.streaming import Event, Stream, StreamRequest

_EVERY_SECONDS = 1.0
_MOST_WAITING = 500
_lookups = ThreadPoolExecutor(8, thread_name_prefix="activity")


def who_has(cookies: Mapping[str, str]) -> Principal:
    """Who is asking, by the cookie of a browser; raises `Unauthenticated`."""
    cookie = cookies.get(settings.SESSION_COOKIE_NAME, "")
    session_id = SessionStore(session_key=cookie).get(sessions.ACCOUNT) if cookie else None
    if session_id is None:
        raise engine.Unauthenticated(sessions.ENDED)
    return accounts.services.principal_of_session(session_id)


async def _activity(request: StreamRequest) -> AsyncIterator[Event]:
    """Send `ready`, the stored requests, then `change` for each event and `request` for each new request.

    What comes too fast is left out. The cookie is checked each time, so that the stream ends with the session.
    """
    feed, start = await _in_thread(_feed, request)
    waiting: deque[engine.Happening | None] = deque(maxlen=_MOST_WAITING)
    with feed.listening(waiting.append):
        yield Event("ready", {})
        since = 0.0
        while True:
            database, requests = await _in_thread(_requests, request)
            told = [waiting.popleft() for _ in range(len(waiting))]
            changes = [change for change in told if change and change.token > start]
            done = [item for item in reversed(requests) if item.at > since]
            since = max([since, *(item.at for item in done)])
            actors = {item.actor for item in [*changes, *done] if item.actor}
            names = await _in_thread(_names, database, actors) if actors else {}
            for happening in changes:
                yield Event("change", _change(happening, names))
            for item in done:
                yield Event("request", _request(item, names))
            await asyncio.sleep(_EVERY_SECONDS)


def _names(database: engine.Database, actors: set[str]) -> dict[str, str]:
    close_old_connections()
    return people.names(database, actors)


def _open(request: StreamRequest) -> tuple[Principal, str]:
    close_old_connections()
    given = Parameters(request.query)
    database_id = given.text("database_id")
    given.check()
    return who_has(request.cookies), database_id


def _feed(request: StreamRequest) -> tuple[engine.Feed, engine.Token]:
    """Return the database's feed and the place from which on the page is told; the feed may begin earlier."""
    feed = catalog.services.open_feed(*_open(request))
    feed.start()
    return feed, feed.position()


def _requests(request: StreamRequest) -> tuple[engine.Database, list[Any]]:
    database = catalog.services.open_database(*_open(request))
    return database, features.usage.services.latest_requests(database)


def _change(happening: engine.Happening, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "at": engine.iso_timestamp(happening.at),
        "title": f"{happening.operation} in {happening.collection}",
        "operation": happening.operation,
        "collection": happening.collection,
        "document_id": str(happening.document_id),
        "detail": str(happening.document_id),
        "version": happening.version,
        "actor": names.get(happening.actor or "", happening.actor or ""),
    }


def _request(done: Any, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "at": engine.iso_timestamp(datetime.fromtimestamp(done.at, UTC)),
        "title": f"{done.method} /{done.route.removesuffix('/?$').lstrip('^')}",
        "status": done.status,
        "ms": round(done.ms, 1),
        "actor": names.get(done.actor, done.actor),
    }


def _envelope(error: engine.Error) -> dict[str, Any]:
    return {"message": error.message}


async def _in_thread(work: Any, *arguments: Any) -> Any:
    return await asyncio.get_running_loop().run_in_executor(_lookups, work, *arguments)


activity = Stream(_activity, envelope=_envelope)
