"""What happens in a database as the server-sent events of the dialect."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime

import engine
from dialects.restdb import render
from dialects.restdb.auth import cors
from dialects.restdb.auth.credentials import Credentials
from dialects.restdb.realtime.broadcaster import Broadcaster, Channel, Inbox
from dialects.restdb.realtime.messages import ping
from web.streaming import Stream, StreamRequest

_PING_SECONDS = 8.0
_AT_ONCE = 500
_rooms = Broadcaster()


async def _realtime(request: StreamRequest) -> AsyncIterator[bytes]:
    """`ping` at once and every few seconds, and each event; who is too slow, or gone from the key, is cut off."""
    since = _since(request)
    room = _rooms.of(Credentials.of_stream(request), request.path.split("/")[2])
    inbox = await room.enter()
    try:
        cors.check(request.headers.get("origin", ""), room.admitted.principal)
        async for part in _told(room, inbox, since):
            yield part
    finally:
        room.exit(inbox)


async def _told(room: Channel, inbox: Inbox, since: engine.Token | None) -> AsyncIterator[bytes]:
    if since:  # refused with a status, before the stream begins
        await room.check(since)
    reached = since or await room.position()
    yield ping(datetime.now(UTC), reached=reached)
    whole = since is None
    while not whole:
        missed, reached, whole = await room.missed(reached, limit=_AT_ONCE)
        if missed:
            yield b"".join(part for _, part in missed)
    due = time.monotonic() + _PING_SECONDS
    while True:
        heard = await inbox.take(timeout=max(0.0, due - time.monotonic()))
        if news := b"".join(part for token, part in heard if token > reached):
            yield news
        if inbox.lost:
            break
        if time.monotonic() >= due:
            yield ping(datetime.now(UTC))
            due = time.monotonic() + _PING_SECONDS
    if inbox.refusal:
        raise inbox.refusal


def _since(request: StreamRequest) -> engine.Token | None:
    """Where a listener that comes back was; what is no token of ours begins anew."""
    text = request.last_event_id or request.query.get("lastEventId", "")
    try:
        return engine.Token.parse(text) if text else None
    except (engine.Invalid, engine.Conflict):
        return None


def _headers(request: StreamRequest) -> Mapping[str, str]:
    """The key was seen to name the origin."""
    return cors.headers(request.headers.get("origin", ""), None)


realtime = Stream(_realtime, envelope=render.envelope, always=True, headers=_headers)
